/** Which view the address shows, and moving between views without loading the page again. */
import { useEffect, useState } from 'preact/hooks'

export type Route = { view: 'overview' } | { view: 'data' } | { view: 'session'; id: string }

/** `/session/paper/candles-btc` is the session of that id. */
export function parseRoute(path: string): Route {
  const id = /^\/(session\/[\w-]+\/[\w-]+)\/?$/.exec(path)?.[1]
  if (id) return { view: 'session', id }
  return path.startsWith('/data') ? { view: 'data' } : { view: 'overview' }
}

/** Topic that the view needs besides `overview`. */
export const routeTopic = (route: Route): string | null =>
  route.view === 'session' ? route.id : route.view === 'data' ? 'data' : null

/** Follows the address. Plain clicks on our own links move within the page; modified ones are the browser's. */
export function useRoute(): Route {
  const [path, setPath] = useState(location.pathname)
  useEffect(() => {
    const follow = (): void => setPath(location.pathname)
    const click = (event: MouseEvent): void => {
      const link = (event.target as Element | null)?.closest('a')
      const modified = event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0
      if (!link || modified || link.origin !== location.origin || link.target) return
      if (link.hash && link.pathname === location.pathname) return
      event.preventDefault()
      history.pushState(null, '', link.pathname)
      follow()
      scrollTo(0, 0)
      document.querySelector<HTMLElement>('main')?.focus()
    }
    addEventListener('popstate', follow)
    document.addEventListener('click', click)
    return () => {
      removeEventListener('popstate', follow)
      document.removeEventListener('click', click)
    }
  }, [])
  return parseRoute(path)
}
