/* 搜索页。splitText 与 zh_search.py 的 split 逐字相同；FUNCTION_CHARS 与 STOP 由它写在本文件之前。 */
"use strict";

const stemWord = (word) => {
  if (word.length > 4 && word.endsWith("s") && !/(ss|us|is)$/.test(word)) word = word.slice(0, -1);
  for (const suffix of ["ing", "ed"]) {
    if (word.endsWith(suffix) && word.length - suffix.length >= 4) {
      word = word.slice(0, -suffix.length);
      if (word.at(-1) === word.at(-2) && !"lsz".includes(word.at(-1))) word = word.slice(0, -1);
      break;
    }
  }
  return word.length > 4 && word.endsWith("e") ? word.slice(0, -1) : word;
};

const latinTerms = (run) => {
  const names = run.split(".");
  const terms = names.length > 1 ? [run] : [];
  for (const name of names) {
    const parts = name.split(/_+|(?<=[a-z0-9])(?=[A-Z])/).filter(Boolean);
    const words = parts.length > 1 ? [parts.join(""), ...parts] : parts;
    terms.push(...words.filter((w) => w.length > 1 && !/^[0-9]+$/.test(w)).map((w) => stemWord(w.toLowerCase())));
  }
  return terms;
};

const RUN = /[\u3400-\u9fff]+|[A-Za-z0-9_]+(?:\.[A-Za-z_][A-Za-z0-9_]*)*/g;
const runsOf = (text) => text.normalize("NFKC").match(RUN) ?? [];

const splitText = (text) =>
  runsOf(text)
    .flatMap((run) => {
      if (run[0] < "\u3400") return latinTerms(run);
      const pairs = Array.from({ length: run.length - 1 }, (_, i) => run.slice(i, i + 2));
      return pairs.filter((pair) => ![...pair].some((c) => FUNCTION_CHARS.includes(c)));
    })
    .filter((term) => !STOP.includes(term));

const undelta = (deltas) => {
  let sum = 0;
  return deltas.map((d) => (sum += d));
};

/* 词表里没有的英文词按前缀找；单个汉字找含它的二元组。 */
const lookup = (table, term) => {
  if (Object.hasOwn(table, term)) return [term];
  if (term.length === 1) return Object.keys(table).filter((t) => t.includes(term));
  return term < "\u3400" && term.length > 2 ? Object.keys(table).filter((t) => t.startsWith(term)) : [];
};

const bodyCounts = (index, term) => {
  const counts = new Map();
  for (const match of lookup(index.terms, term))
    for (const code of undelta(index.terms[match])) {
      const section = Math.floor(code / 16);
      counts.set(section, (counts.get(section) ?? 0) + (code % 16));
    }
  return counts;
};

const headingHits = (index, term) =>
  new Set(lookup(index.headings, term).flatMap((match) => undelta(index.headings[match])));

/* BM25，小节标题与页标题里的词加权；返回 [{page, score, sections: [{section, score}]}]，由高到低。 */
const rankPages = (index, query) => {
  let terms = [...new Set(splitText(query))];
  if (!terms.length) terms = [...new Set(runsOf(query).filter((run) => run[0] >= "\u3400").flatMap((r) => [...r]))];
  const total = index.sections.length;
  const meanSize = index.sections.reduce((sum, s) => sum + s[3], 0) / total;
  const scores = new Map();
  const coverage = new Map();
  let totalWeight = 0;
  for (const term of terms) {
    const body = bodyCounts(index, term);
    const heading = headingHits(index, term);
    const touched = new Set([...body.keys(), ...heading]);
    if (!touched.size) continue; // 书里没有的词（多半横跨两个词）不影响排序
    const weight = Math.log(1 + total / (touched.size + 1));
    totalWeight += weight;
    for (const s of touched) {
      const count = (body.get(s) ?? 0) + (heading.has(s) ? 6 : 0);
      const norm = 0.4 + 0.6 * (index.sections[s][3] / meanSize);
      const gain = (weight * count * 2.2) / (count + 1.2 * norm) + (heading.has(s) ? 1.5 * weight : 0);
      scores.set(s, (scores.get(s) ?? 0) + gain);
      const page = index.sections[s][0];
      if (!coverage.has(page)) coverage.set(page, new Map());
      coverage.get(page).set(term, weight);
    }
  }
  const pages = new Map();
  for (const [section, score] of scores) {
    const page = index.sections[section][0];
    if (!pages.has(page)) pages.set(page, []);
    pages.get(page).push({ section, score });
  }
  return [...pages]
    .map(([page, found]) => {
      found.sort((a, b) => b.score - a.score || a.section - b.section);
      const covered = [...coverage.get(page).values()].reduce((a, b) => a + b, 0) / totalWeight;
      const rest = found.slice(1, 4).reduce((sum, f) => sum + f.score, 0);
      const place = index.pages[page][0].startsWith("reference/") ? 0.7 : 1; // 正文先于附录
      return { page, score: (found[0].score + 0.25 * rest) * (0.3 + 0.7 * covered) * place, sections: found };
    })
    .sort((a, b) => b.score - a.score || a.page - b.page);
};

const element = (tag, attributes, ...children) => {
  const node = Object.assign(document.createElement(tag), attributes);
  node.append(...children);
  return node;
};

const showResults = (index, query, target) => {
  const found = rankPages(index, query).filter((hit, i, all) => hit.score >= 0.05 * all[0].score).slice(0, 20);
  const items = found.map(({ page, sections }) => {
    const [url, title] = index.pages[page];
    const best = sections.filter((f, i) => i < 3 && f.score > 0.3 * sections[0].score);
    const links = best
      .map((f) => index.sections[f.section])
      .filter((s) => s[1])
      .map((s) => element("a", { href: `${url}#${s[1]}`, className: "search-section" }, s[2]));
    const lead = index.sections[best[0].section][4];
    return element("li", {},
      element("a", { href: url, className: "search-page" }, title),
      ...(links.length ? [element("div", { className: "search-sections" }, ...links)] : []),
      element("p", { className: "search-lead" }, lead + (lead.length >= 90 ? "……" : "")));
  });
  const summary = items.length ? `找到 ${items.length} 页与“${query}”有关` : `没有找到与“${query}”有关的内容，换个说法试试。`;
  target.replaceChildren(
    element("p", { className: "search-summary", role: "status" }, summary),
    element("ol", { className: "search-hits" }, ...items));
};

document.addEventListener("DOMContentLoaded", () => {
  const query = (new URLSearchParams(window.location.search).get("q") ?? "").trim();
  document.querySelectorAll('input[name="q"]').forEach((input) => (input.value = query));
  if (query) showResults(window.bookIndex, query, document.getElementById("search-results"));
});
