// The HTML of a mail, rebuilt inside a frame in which no script runs. The page's CSP forbids style attributes, style
// elements and event handlers already while HTML is parsed; so they are renamed before, and the styles set as objects.
const tag = /<[a-zA-Z](?:[^<>"']|"[^"<]*"|'[^'<]*')*>/g; // Never past the next '<', so that its time is linear.
const left = new Set(['SCRIPT', 'IFRAME', 'FRAME', 'OBJECT', 'EMBED', 'LINK', 'META', 'BASE', 'TITLE', 'HEAD', 'AUDIO', 'VIDEO', 'SOURCE']);
const kept = new Set(['align', 'alt', 'bgcolor', 'border', 'cellpadding', 'cellspacing', 'class', 'color', 'colspan', 'dir', 'height', 'id', 'lang', 'role', 'rowspan', 'title', 'valign', 'width']);
const base = 'body{margin:16px;background:#fff;color:#1c2330;font:15px/1.5 sans-serif;overflow-wrap:anywhere}a{color:#1a56b0;text-decoration:underline}img{max-width:100%}.left-out{border:1px dashed #8793a8;padding:2px 8px;color:#566072}';

const harmless = (css: string): string => css.replace(/url\([^)]*\)/gi, 'none').replace(/@import[^;]*;?/gi, '');

function renamed(html: string): string {
  return html
    .replace(/<style\b[^>]*>/gi, '<script type="text/css">')
    .replace(/<\/style\s*>/gi, '</script>')
    .replace(tag, (whole) => whole.replace(/([\s"'/])(style|on\w+)(\s*=)/gi, '$1data-$2$3'));
}

function copyOf(from: Element, into: Document): HTMLElement {
  const made = into.createElement(from.tagName);
  for (const { name, value } of from.attributes) if (kept.has(name)) made.setAttribute(name, value);
  made.style.cssText = harmless(from.getAttribute('data-style') ?? '');
  return made;
}

// One that lies elsewhere is not fetched; its description takes its place.
function picture(from: Element, into: Document): HTMLElement {
  const source = from.getAttribute('src') ?? '';
  if (source.startsWith('data:image/')) {
    const made = copyOf(from, into);
    made.setAttribute('src', source);
    return made;
  }
  const made = into.createElement('span');
  made.className = 'left-out';
  made.textContent = from.getAttribute('alt') || '…';
  made.title = source;
  return made;
}

function copyChildren(from: Element, to: HTMLElement, into: Document): void {
  for (const node of from.childNodes) {
    if (node.nodeType === 3) to.append(node.textContent ?? '');
    if (node.nodeType !== 1 || left.has((node as Element).tagName.toUpperCase())) continue;
    const element = node as Element;
    if (element.tagName === 'IMG') {
      to.append(picture(element, into));
      continue;
    }
    const made = copyOf(element, into);
    // Where a link leads is told, but it leads nowhere.
    if (element.tagName === 'A') made.title = element.getAttribute('href') ?? '';
    to.append(made);
    copyChildren(element, made, into);
  }
}

export function showHtml(frame: HTMLIFrameElement, html: string): void {
  const into = frame.contentDocument;
  const view = frame.contentWindow as (Window & typeof globalThis) | null;
  if (!into?.body || !view) return;
  const parsed = new DOMParser().parseFromString(renamed(html), 'text/html');
  const sheets = [base, ...[...parsed.querySelectorAll('script[type="text/css"]')].map((style) => harmless(style.textContent ?? ''))];
  into.adoptedStyleSheets = sheets.map((css) => {
    const sheet = new view.CSSStyleSheet();
    sheet.replaceSync(css);
    return sheet;
  });
  into.body.replaceChildren();
  into.body.style.cssText = harmless(parsed.body.getAttribute('data-style') ?? '');
  into.body.setAttribute('bgcolor', parsed.body.getAttribute('bgcolor') ?? '');
  copyChildren(parsed.body, into.body, into);
  frame.height = '0'; // It would never become smaller.
  frame.height = String(Math.min(900, Math.max(120, into.documentElement.scrollHeight)));
}
