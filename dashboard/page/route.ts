/** Which view the address shows, and moving between views without loading the page again. */
import { useEffect, useState } from 'preact/hooks'

export type Route =
  | { view: 'overview' }
  | { view: 'data' }
  | { view: 'session'; id: string }
  | { view: 'report'; slug: string; search: string }

/** `/session/paper/candles-btc` is the session of that id, `/reports/health?hours=1` a report with its question. */
export function parseRoute(path: string, search = ''): Route {
  const id = /^\/(session\/[\w-]+\/[\w-]+)\/?$/.exec(path)?.[1]
  if (id) return { view: 'session', id }
  const slug = /^\/reports\/([\w-]+)\/?$/.exec(path)?.[1]
  if (slug) return { view: 'report', slug, search }
  return path.startsWith('/data') ? { view: 'data' } : { view: 'overview' }
}

/** Moves to the same view with other fields of the query string; empty ones are left out. */
export function changeSearch(fields: Readonly<Record<string, string>>): void {
  const search = new URLSearchParams(Object.entries(fields).filter(([, value]) => value !== '')).toString()
  history.pushState(null, '', `${location.pathname}${search ? `?${search}` : ''}`)
  dispatchEvent(new PopStateEvent('popstate'))
}

/** Topic that the view needs besides `overview`. */
export const routeTopic = (route: Route): string | null =>
  route.view === 'session' ? route.id : route.view === 'data' ? 'data' : null

/** Follows the address. Plain clicks on our own links move within the page; modified ones are the browser's. */
export function useRoute(): Route {
  const [place, setPlace] = useState({ path: location.pathname, search: location.search })
  useEffect(() => {
    const follow = (): void => setPlace({ path: location.pathname, search: location.search })
    const click = (event: MouseEvent): void => {
      const link = (event.target as Element | null)?.closest('a')
      const modified = event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0
      if (!link || modified || link.origin !== location.origin || link.target) return
      if (link.hash && link.pathname === location.pathname) return
      event.preventDefault()
      history.pushState(null, '', `${link.pathname}${link.search}`)
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
  return parseRoute(place.path, place.search)
}
