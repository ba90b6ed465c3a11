/* 搜索页。splitText 与 zh_search.py 的 split 逐字相同；FUNCTION_CHARS、STOP 与 QUESTIONS 由它写在本文件之前。 */
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

const asWords = (text) => ` ${(text.match(/[a-z0-9]+/g) ?? []).map(stemWord).join(" ")} `;

/* 查询里的术语：中文名，或英文名。单字的术语要在一串汉字的末尾（“自定义块”是一种“块”）；
   被更长的术语盖住的不算（“梯度下降”里的“梯度”）。 */
const conceptsIn = (index, query) => {
  const text = query.normalize("NFKC").toLowerCase();
  const runs = runsOf(text);
  const words = asWords(text);
  const found = [];
  for (const [term, [names, ...places]] of Object.entries(index.concepts)) {
    const lower = term.toLowerCase();
    const chinese = term.length > 1 ? text.includes(lower) : runs.some((run) => run.endsWith(lower));
    const name = words.trim() && names.find((n) => words.includes(asWords(n)));
    if (chinese || name) found.push({ term, name: chinese ? "" : name, places });
  }
  return found.filter((a) => !found.some((b) => b !== a && b.term.includes(a.term)));
};

/* 排序的分量。标题里的词另算稀有程度：一个词在正文里处处都有，在标题里可以只有一处。 */
const RANK = {
  heading: 1.5, // 小节标题里有这个词
  title: 0.5, // 页标题里有这个词
  concept: 1.0, // 给术语下定义的小节
  exact: 3.0, // 整条查询就是一个术语时，再乘
  name: 1.5, // 定义或最先讲到一个标识符的小节
  rest: 0.25, // 一页里第二到第四个小节
  page: 0.7, // 页面只含一部分词时扣去的
  section: 0.3, // 小节只含一部分词时扣去的
  appendix: 0.7, // 附录
  smooth: 5, // 只在一两处出现的二元组多半横跨两个词，不算太稀有
};
const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);

/* 一种说法在查询里的样子；英文的要成词，"oom" 不算在 "room" 里。 */
const pattern = (said) => {
  const literal = said.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(/^[a-z]/.test(said) ? `(?<![a-z0-9])${literal}(?![a-z0-9])` : literal, "gi");
};
const spreadOf = (index, text) => Math.min(...splitText(text).map((word) => bodyCounts(index, word).size));

/* 读懂查询：去掉问句的套话，把正文不用的说法换成正文的词（短的说法被长的盖住时不算；
   正文也常用的说法留着，另添正文的词）。什么也剩不下时，照原样查。 */
const understand = (index, query) => {
  const whole = query.normalize("NFKC").trim();
  const known = Object.keys(index.synonyms).filter((said) => pattern(said).test(whole));
  const said = known.filter((a) => !known.some((b) => b !== a && b.includes(a)));
  const rare = said.filter((words) => index.synonyms[words].some((word) => spreadOf(index, words) < spreadOf(index, word)));
  const rest = [...rare, ...QUESTIONS].reduce((kept, words) => kept.replaceAll(pattern(words), " "), whole).trim();
  const swapped = said.map((words) => index.synonyms[words]);
  return { rest: runsOf(rest).length || swapped.length ? rest : whole, swapped };
};

const wordsOf = ({ rest, swapped }) => [rest, ...swapped.flat()].join(" ");

/* 查询的各串（一串汉字或一个标识符），每串是 词 → 权；一个词也没有时（单个汉字）用字。
   书里多用中文名的英文术语另成一串，顶替它的英文词算含有几成。 */
const queryRuns = (index, { rest, swapped }, concepts) => {
  const runs = runsOf(rest).map((run) => ({ terms: new Map(splitText(run).map((term) => [term, 1])), counts: true }));
  for (const words of swapped) // 换成几个词时，一页有其中之一就好，所以不算“含有几成”
    for (const word of words)
      runs.push({ terms: new Map(splitText(word).map((term) => [term, 1])), counts: words.length === 1 });
  for (const { term, name } of concepts.filter((c) => c.name)) {
    const words = splitText(name);
    if (spreadOf(index, name) >= spreadOf(index, term)) continue;
    for (const run of runs) if (words.some((word) => run.terms.has(word))) run.counts = false;
    runs.push({ terms: new Map(splitText(term).map((part) => [part, 1])), counts: true });
  }
  if (runs.some((run) => run.terms.size)) return runs;
  const chars = runsOf(rest).filter((run) => run[0] >= "\u3400");
  return chars.map((run) => ({ terms: new Map([...run].map((char) => [char, 1])), counts: true }));
};

/* 摘录里要标出的词与权；带点的标识符在文字里各段分开标。 */
const excerptTerms = (index, query) => {
  const understood = understand(index, query);
  const runs = queryRuns(index, understood, conceptsIn(index, wordsOf(understood)));
  return new Map(runs.flatMap(({ terms }) => [...terms.keys()]).map((term) => [
    term,
    Math.log(1 + index.sections.length / (bodyCounts(index, term).size + RANK.smooth)),
  ]));
};

/* 页标题里的词 → 各页。 */
const titleTerms = new WeakMap();
const titleHits = (index, term) => {
  if (!titleTerms.has(index)) titleTerms.set(index, index.pages.map(([, title]) => new Set(splitText(title))));
  return titleTerms.get(index).flatMap((terms, page) => (terms.has(term) ? [page] : []));
};

/* 按小节算 BM25，合成一页；返回 [{page, score, sections: [{section, score}]}]，由高到低。 */
const rankPages = (index, query) => {
  const total = index.sections.length;
  const rarity = (found) => Math.log(1 + total / (found + RANK.smooth));
  const meanSize = sum(index.sections.map((s) => s[3])) / total;
  const understood = understand(index, query);
  const concepts = conceptsIn(index, wordsOf(understood));
  const runs = queryRuns(index, understood, concepts);
  const weights = new Map();
  const holds = new Map(); // 词 → 含有它的小节与页
  const scores = new Map();
  const bonus = new Map();
  const add = (map, key, gain) => map.set(key, (map.get(key) ?? 0) + gain);
  const titles = new Map();
  for (const [term, share] of runs.flatMap((run) => [...run.terms])) {
    if (weights.has(term)) continue;
    const body = bodyCounts(index, term);
    const heading = headingHits(index, term);
    const touched = new Set([...body.keys(), ...heading]);
    if (!touched.size) continue; // 书里没有的词（多半横跨两个词）不影响排序
    const weight = share * rarity(touched.size);
    weights.set(term, weight);
    holds.set(term, { sections: touched, pages: new Set([...touched].map((s) => index.sections[s][0])) });
    for (const s of touched) {
      const count = (body.get(s) ?? 0) / 2;
      const norm = 0.4 + 0.6 * (index.sections[s][3] / meanSize);
      add(scores, s, (weight * count * 2.2) / (count + 1.2 * norm));
      if (heading.has(s)) add(scores, s, RANK.heading * share * rarity(heading.size));
    }
    const titled = titleHits(index, term);
    for (const page of titled) add(titles, page, RANK.title * share * rarity((titled.length * total) / index.pages.length));
  }

  /* 含有查询的几成：先在每一串里算，再按各串最重的词平均。 */
  const counted = runs
    .filter((run) => run.counts)
    .map((run) => [...run.terms.keys()].filter((term) => weights.has(term)))
    .filter((run) => run.length);
  const weigh = (terms) => sum(terms.map((term) => weights.get(term)));
  const heaviest = counted.map((run) => Math.max(...run.map((term) => weights.get(term))));
  const coverage = (kind, key) =>
    !counted.length ? 1 :
    sum(counted.map((run, i) => (heaviest[i] * weigh(run.filter((t) => holds.get(t)[kind].has(key)))) / weigh(run))) /
    sum(heaviest);

  for (const [s, score] of scores) scores.set(s, score * (1 - RANK.section * (1 - coverage("sections", s))));
  for (const { term, name, places } of concepts) {
    const weight = weigh(splitText(term).filter((part) => weights.has(part))) || rarity(total / 50);
    const exact = [term, name].includes(wordsOf(understood).trim().toLowerCase()) ? RANK.exact : 1;
    places.forEach((s, i) => add(bonus, s, (RANK.concept * exact * weight) / (i + 1)));
  }
  for (const [term, weight] of weights)
    if (Object.hasOwn(index.names, term)) index.names[term].forEach((s, i) => add(bonus, s, (RANK.name * weight) / (i + 1)));

  const pages = new Map();
  for (const section of new Set([...scores.keys(), ...bonus.keys()])) {
    const page = index.sections[section][0];
    if (!pages.has(page)) pages.set(page, []);
    pages.get(page).push({ section, body: scores.get(section) ?? 0, score: (scores.get(section) ?? 0) + (bonus.get(section) ?? 0) });
  }
  return [...pages]
    .map(([page, found]) => {
      const [best, ...others] = found.map((f) => f.body).sort((a, b) => b - a);
      const extra = sum(found.map((f) => f.score - f.body)) + (titles.get(page) ?? 0);
      const place = index.pages[page][0].startsWith("reference/") ? RANK.appendix : 1; // 正文先于附录
      const share = 1 - RANK.page * (1 - coverage("pages", page));
      found.sort((a, b) => b.score - a.score || a.section - b.section);
      return { page, score: (best + RANK.rest * sum(others.slice(0, 3)) + extra) * share * place, sections: found };
    })
    .sort((a, b) => b.score - a.score || a.page - b.page);
};

/* ---- 摘录：哪一句含的词最多，把词标出来 ---- */

/* 文字里属于查询的词的位置，[始, 终, 词] 的数组；二元组逐个找，英文词按词干对照。 */
const marksIn = (text, terms) => {
  const found = [];
  for (const match of text.matchAll(/[\u3400-\u9fff]+|[A-Za-z0-9_]+/g)) {
    const run = match[0];
    if (run[0] < "\u3400") {
      const term = latinTerms(run).find((t) => terms.has(t));
      if (term) found.push([match.index, match.index + run.length, term]);
      continue;
    }
    for (let i = 0; i < run.length; i++)
      for (const size of [1, 2])
        if (terms.has(run.slice(i, i + size)))
          found.push([match.index + i, match.index + i + size, run.slice(i, i + size)]);
  }
  return found;
};

/* 从一小节的 [正文, 代码] 里挑一段：不同的词（按权）最多的一句，从它起约九十字；
   正文里一个词也没有时挑一行代码。 */
const excerptOf = ([prose, code], terms) => {
  const weigh = (text) => sum([...new Set(marksIn(text, terms).map((mark) => mark[2]))].map((term) => terms.get(term)));
  const best = (pieces) => {
    const weights = pieces.map(weigh);
    const at = weights.indexOf(Math.max(0, ...weights));
    return at < 0 || !weights[at] ? -1 : at;
  };
  const sentences = prose.match(/[^。！？；]+[。！？；]?[”’）]*/g) ?? [];
  let at = best(sentences);
  const lines = code.split("\n").map((line) => line.trim());
  if (at < 0 && best(lines) >= 0) return { text: lines[best(lines)], code: true };
  at = Math.max(at, 0);
  let text = sentences[at] ?? "";
  while (text.length < 60 && at + 1 < sentences.length) text += sentences[++at];
  if (text.length > 110) {
    const first = marksIn(text, terms)[0]?.[0] ?? 0;
    const start = first > 80 ? first - 20 : 0;
    text = (start ? "……" : "") + text.slice(start, start + 100) + (start + 100 < text.length ? "……" : "");
  }
  return { text: text.trim(), code: false };
};

const element = (tag, attributes, ...children) => {
  const node = Object.assign(document.createElement(tag), attributes);
  node.append(...children);
  return node;
};

/* 文字，其中属于查询的词放进 mark；相邻或交叠的并成一个。 */
const highlighted = (text, terms) => {
  const parts = [];
  let end = 0;
  const merged = [];
  for (const [from, to] of marksIn(text, terms).sort((a, b) => a[0] - b[0]))
    if (merged.length && from <= merged.at(-1)[1]) merged.at(-1)[1] = Math.max(merged.at(-1)[1], to);
    else merged.push([from, to]);
  for (const [from, to] of merged) {
    parts.push(text.slice(end, from), element("mark", {}, text.slice(from, to)));
    end = to;
  }
  return [...parts, text.slice(end)].filter((part) => part !== "");
};

/* 一页的文字：第一次要用时才加载（用 script 而不用 fetch，从磁盘打开网站时也行）。 */
window.bookTexts = {};
const loading = new Map();
const textsOf = (page) => {
  if (!loading.has(page))
    loading.set(page, new Promise((done) => {
      const script = element("script", { src: `search_texts/${page}.js`, onload: () => done(window.bookTexts[page]), onerror: () => done(null) });
      document.head.append(script);
    }));
  return loading.get(page);
};

const showExcerpt = async (paragraph, page, section, terms) => {
  const texts = await textsOf(page);
  if (!texts) return;
  const first = window.bookIndex.sections.findIndex((s) => s[0] === page);
  const { text, code } = excerptOf(texts[section - first], terms);
  const shown = highlighted(text, terms);
  paragraph.replaceChildren(...(code ? [element("code", {}, ...shown)] : shown));
};

const showResults = (index, query, target) => {
  const found = rankPages(index, query).filter((hit, i, all) => hit.score >= 0.05 * all[0].score).slice(0, 20);
  const terms = excerptTerms(index, query);
  const waiting = new Map();
  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries.filter((e) => e.isIntersecting)) {
      watcher.unobserve(entry.target);
      waiting.get(entry.target)();
    }
  }, { rootMargin: "300px" });
  const items = found.map(({ page, sections }) => {
    const [url, title] = index.pages[page];
    const best = sections.filter((f, i) => i < 3 && f.score > 0.3 * sections[0].score);
    const links = best
      .map((f) => index.sections[f.section])
      .filter((s) => s[1])
      .map((s) => element("a", { href: `${url}#${s[1]}`, className: "search-section" }, ...highlighted(s[2], terms)));
    const excerpt = element("p", { className: "search-lead" }, " ");
    waiting.set(excerpt, () => showExcerpt(excerpt, page, best[0].section, terms));
    return element("li", {},
      element("a", { href: url, className: "search-page" }, ...highlighted(title, terms)),
      ...(links.length ? [element("div", { className: "search-sections" }, ...links)] : []),
      excerpt);
  });
  const summary = items.length ? `找到 ${items.length} 页与“${query}”有关` : `没有找到与“${query}”有关的内容，换个说法试试。`;
  target.replaceChildren(
    element("p", { className: "search-summary", role: "status" }, summary),
    element("ol", { className: "search-hits" }, ...items));
  waiting.forEach((_, excerpt) => watcher.observe(excerpt));
};

document.addEventListener("DOMContentLoaded", () => {
  const query = (new URLSearchParams(window.location.search).get("q") ?? "").trim();
  document.querySelectorAll('input[name="q"]').forEach((input) => (input.value = query));
  if (query) showResults(window.bookIndex, query, document.getElementById("search-results"));
});
