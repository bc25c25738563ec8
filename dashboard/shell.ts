/** The two HTML documents the server writes itself: the shell that loads the page, and the login form for those without a cookie. */
// Not here: the page (dashboard/page/*), which draws everything inside the shell.

export interface AssetPaths {
  script: string
  style: string
}

const head = (assets: AssetPaths): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="dark">
<title>Holdfast</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath fill='%234cc2ff' d='M3 1h3v5h4V1h3v14h-3V9H6v6H3z'/%3E%3C/svg%3E">
<link rel="stylesheet" href="${assets.style}">`

/** Loads the page's one script; readers without script are told where else to look. */
export const pageShell = (assets: AssetPaths): string => `${head(assets)}
<script type="module" src="${assets.script}"></script>
</head>
<body><div id="page"><noscript>The dashboard needs JavaScript. Without it: holdfast status, holdfast session list, holdfast kill.</noscript></div></body>
</html>
`

/** Asks for the token; plain HTML, so that it works whatever the page's state. */
export const loginShell = (
  assets: AssetPaths,
  options: { wrong: boolean; path: string },
): string => `${head(assets)}
</head>
<body><main class="login">
<h1>Holdfast</h1>
<p>This dashboard can stop trading, so it opens with its token only. <code>holdfast status</code> prints the link that carries it.</p>
<form method="post" action="/login">
<input type="hidden" name="path" value="${escapeHtml(options.path)}">
<label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus${options.wrong ? ' aria-invalid="true" aria-describedby="wrong"' : ''}>
${options.wrong ? '<p id="wrong" class="wrong" role="alert">That token is not the one of this dashboard.</p>' : ''}
<button type="submit">Open</button>
</form>
<p class="hint">It lies in <code>secrets/control-token</code> of the state folder (HOLDFAST_HOME).</p>
</main></body>
</html>
`

function escapeHtml(text: string): string {
  const names: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return text.replace(/[&<>"']/g, (character) => names[character] ?? '')
}

/** A path of this page to return to after the login: never another site's, never a URL that a browser reads as one. */
export function returnPath(path: string): string {
  return /^\/(?![/\\])[\w./~-]*$/.test(path) ? path : '/'
}
