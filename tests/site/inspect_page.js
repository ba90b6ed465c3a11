/* 在页面里收集事实，供 test_pages.py 断言。 */
() => {
  const parse = (color) => {
    const [r, g, b, a = 1] = color.match(/[\d.]+/g).map(Number);
    return { r, g, b, a };
  };
  const over = (top, under) => ({
    r: top.r * top.a + under.r * (1 - top.a),
    g: top.g * top.a + under.g * (1 - top.a),
    b: top.b * top.a + under.b * (1 - top.a),
    a: 1,
  });
  const background = (element) => {
    const layers = [];
    for (let node = element; node; node = node.parentElement) {
      const color = parse(getComputedStyle(node).backgroundColor);
      if (color.a > 0) layers.push(color);
      if (color.a === 1) break;
    }
    return layers.reverse().reduce((under, top) => over(top, under), { r: 255, g: 255, b: 255, a: 1 });
  };
  const luminance = ({ r, g, b }) => {
    const [x, y, z] = [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const contrast = (element) => {
    const under = background(element);
    const [light, dark] = [luminance(over(parse(getComputedStyle(element).color), under)), luminance(under)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  const visible = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const hasOwnText = (element) => [...element.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.data.trim());

  const faint = new Map();
  for (const element of document.querySelectorAll("article *, .bd-sidebar-primary a, .bd-sidebar-secondary a")) {
    if (!hasOwnText(element) || !visible(element) || element.closest("svg, mjx-assistive-mml, .headerlink")) continue;
    const ratio = contrast(element);
    const name = `${element.tagName.toLowerCase()}.${element.className}`;
    if (ratio < 4.5 && !faint.has(name)) faint.set(name, `${name} ${ratio.toFixed(2)}「${element.textContent.trim().slice(0, 20)}」`);
  }

  const proseWalker = document.createTreeWalker(document.querySelector("article") ?? document.body, NodeFilter.SHOW_TEXT);
  let prose = "";
  while (proseWalker.nextNode()) {
    if (!proseWalker.currentNode.parentElement.closest("pre, code, script, style, mjx-container, dt.sig, .cell_output")) prose += proseWalker.currentNode.data;
  }
  const nameOf = (e) => (e.getAttribute("aria-label") || e.title || e.innerText || e.textContent || "").trim() || e.querySelector("img[alt]")?.alt;
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  return {
    lang: document.documentElement.lang,
    theme: document.documentElement.dataset.theme,
    scrollWidth: document.documentElement.scrollWidth,
    rawMarkup: prose.match(/.{0,20}(\$|\\\(|\\\[|\{(ref|term|eq|numref|doc|cite|glue)[:\w]*\}|:::|```).{0,20}/g) ?? [],
    badMath: [...document.querySelectorAll("mjx-merror, [data-mjx-error]")].map((e) => e.textContent || e.getAttribute("data-mjx-error")),
    math: document.querySelectorAll("mjx-container").length,
    unrendered: [...document.querySelectorAll("span.math, div.math")].filter((e) => !e.querySelector("mjx-container")).map((e) => e.textContent.slice(0, 40)),
    images: [...document.querySelectorAll("img")].map((e) => ({ src: e.getAttribute("src"), alt: e.alt, width: e.naturalWidth })),
    nameless: [...document.querySelectorAll("a[href], button, input:not([type=hidden])")].filter((e) => visible(e) && !nameOf(e) && !e.placeholder).map((e) => e.outerHTML.slice(0, 120)),
    faint: [...faint.values()],
    duplicateIds: [...new Set(ids.filter((id, i) => ids.indexOf(id) !== i))],
    english: [...document.querySelectorAll("[title], [aria-label], [placeholder]")].flatMap((e) => [e.title, e.getAttribute("aria-label"), e.getAttribute("placeholder")]).filter((t) => t && /^[A-Za-z][A-Za-z ]+$/.test(t)),
  };
}
