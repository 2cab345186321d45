"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const form = document.getElementById("filters");
  const list = document.getElementById("list");
  const dialog = document.getElementById("detail");
  const columns = [
    ["attempt", (a) => name(a)],
    ["arm", (a) => a.arm],
    ["language", (a) => a.language ?? "–"],
    ["outcome", (a) => a.kind],
    ["fault domain", (a) => a.domain],
    ["total", (a) => a.total],
    ["tokens", (a) => a.tokens ?? -1],
  ];
  const facets = [
    ["arm", (a) => a.arm],
    ["language", (a) => a.language ?? "–"],
    ["family", (a) => a.family],
    ["fault domain", (a) => a.domain],
  ];
  let sorted = { column: null, down: false };
  let opener = null;

  function name(a) {
    const rung = a.rung ? "@" + a.rung : "";
    const step = a.step === "answer" ? "" : "/" + a.step;
    const tried = a.try ? ", try " + (a.try + 1) : "";
    return `${a.suite}/${a.case}${step}${rung} #${a.repeat}${tried}`;
  }

  function duration(ns) {
    if (ns >= 1e9) return (ns / 1e9).toFixed(2) + " s";
    if (ns >= 1e6) return (ns / 1e6).toFixed(1) + " ms";
    return (ns / 1e3).toFixed(0) + " µs";
  }

  // Text goes in as text only: what a model wrote must never become a part of the page.
  function node(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) {
      if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
      else made.setAttribute(key, value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  }

  function select(label, values) {
    const options = ["all", ...values].map((value) => node("option", { value }, value));
    return node("label", {}, label, node("select", { name: label, onchange: draw }, ...options));
  }

  function filters() {
    for (const [label, of] of facets) {
      const values = [...new Set(data.attempts.map(of))].sort();
      if (values.length > 1) form.append(select(label, values));
    }
    form.append(node("label", {}, "text", node("input", { name: "text", type: "search", oninput: draw })));
    form.append(node("button", { type: "reset" }, "Show all"));
    form.addEventListener("reset", () => setTimeout(draw));
    form.addEventListener("submit", (event) => event.preventDefault());
  }

  function matches(a) {
    for (const [label, of] of facets) {
      const wanted = form.elements[label]?.value ?? "all";
      if (wanted !== "all" && of(a) !== wanted) return false;
    }
    const text = form.elements.text.value.trim().toLowerCase();
    if (!text) return true;
    const hay = [name(a), a.kind, a.message, a.answer?.text ?? ""].join("\n").toLowerCase();
    return hay.includes(text);
  }

  function heading() {
    const row = list.tHead.rows[0];
    row.replaceChildren(...columns.map(([label], index) => {
      const now = sorted.column === index ? (sorted.down ? "descending" : "ascending") : "none";
      const arrow = now === "none" ? "" : sorted.down ? " ↓" : " ↑";
      const sort = () => {
        sorted = { column: index, down: sorted.column === index && !sorted.down };
        draw();
        list.tHead.rows[0].cells[index].querySelector("button").focus();
      };
      return node("th", { scope: "col", "aria-sort": now }, node("button", { type: "button", onclick: sort }, label + arrow));
    }));
  }

  function draw() {
    heading();
    const shown = data.attempts.filter(matches);
    if (sorted.column !== null) {
      const of = columns[sorted.column][1];
      const order = (a, b) => (of(a) < of(b) ? -1 : of(a) > of(b) ? 1 : 0);
      shown.sort((a, b) => (sorted.down ? order(b, a) : order(a, b)));
    }
    const passed = shown.filter((a) => a.kind === "passed").length;
    document.getElementById("count").textContent = `${shown.length} of ${data.attempts.length} rows, ${passed} passed`;
    list.tBodies[0].replaceChildren(...shown.map((a) => {
      const open = node("button", { type: "button", class: "open", onclick: (event) => show(a, event.currentTarget) }, name(a));
      return node("tr", {},
        node("th", { scope: "row" }, open),
        node("td", {}, a.arm),
        node("td", {}, a.language ?? "–"),
        node("td", { class: a.kind === "passed" ? "passed" : "failed" }, a.kind),
        node("td", {}, a.domain),
        node("td", {}, duration(a.total)),
        node("td", {}, String(a.tokens ?? "–")));
    }));
  }

  function answer(a) {
    if (!a.answer) return node("p", {}, "No answer text: the capture is lost, or nothing came.");
    const { text, mark, of } = a.answer;
    const pre = node("pre", { tabindex: "0", "aria-label": "Answer" });
    if (mark && mark[0] < text.length) {
      const marked = node("mark", {}, text.slice(mark[0], mark[1]) || "(here)");
      pre.append(text.slice(0, mark[0]), marked, text.slice(mark[1]));
    } else {
      pre.append(text === "" ? "(empty)" : text);
    }
    const cut = of > [...text].length ? node("p", {}, `The first ${[...text].length} of ${of} characters.`) : null;
    return node("div", {}, pre, cut);
  }

  function timeline(times) {
    const end = Math.max(...times.map(([, at]) => at), 1);
    return node("div", {}, ...times.map(([label, at]) => {
      const bar = node("span");
      bar.style.width = (100 * at) / end + "%";
      return node("div", { class: "line" }, node("span", {}, label), node("div", { class: "track", "aria-hidden": "true" }, bar), node("span", {}, duration(at)));
    }));
  }

  function facts(a) {
    const rows = [
      ["outcome", `${a.kind} (${a.family})`],
      ["fault domain", a.domain],
      ["why", a.message],
      ["where in the answer", a.pointer],
      ["keyword", a.keyword],
      ["arm", `${a.arm}, ${a.provenance}`],
      ["finish_reason", a.finish],
      ["followed by", a.then],
      ["capture", a.capture],
    ];
    const filled = rows.filter(([, value]) => value !== null && value !== undefined && value !== "");
    return node("dl", {}, ...filled.flatMap(([label, value]) => [node("dt", {}, label), node("dd", {}, String(value))]));
  }

  function question(q) {
    if (!q) return [];
    const parts = q.messages.map(([role, text]) => [node("h3", {}, "Prompt: " + role), node("pre", { tabindex: "0" }, data.texts[text])]);
    if (q.constraint) {
      const [kind, text] = q.constraint;
      parts.push([node("h3", {}, "Constraint: " + kind), node("pre", { tabindex: "0" }, data.texts[text])]);
    } else {
      parts.push([node("h3", {}, "Constraint"), node("p", {}, "None.")]);
    }
    parts.push([node("p", {}, `At most ${q.max_tokens} tokens, temperature ${q.temperature}, seed ${q.seed}.`)]);
    return parts.flat();
  }

  function show(a, from) {
    opener = from;
    const close = node("button", { type: "button", onclick: () => dialog.close() }, "Close");
    const title = node("h2", { id: "detail-title" }, name(a));
    const said = a.said ? [node("h3", {}, "What the transport said"), node("pre", { tabindex: "0" }, JSON.stringify(a.said, null, 2))] : [];
    dialog.firstElementChild.replaceChildren(
      node("header", {}, title, close), facts(a),
      node("h3", {}, "Answer"), answer(a),
      node("h3", {}, "When"), a.times ? timeline(a.times) : node("p", {}, "Unknown."),
      ...said, ...question(a.question));
    dialog.showModal();
    location.replace("#attempt-" + a.index + "-" + a.try);
    dialog.querySelector("mark")?.scrollIntoView({ block: "nearest" });
  }

  dialog.addEventListener("close", () => {
    location.replace("#attempts");
    opener?.focus();
  });
  // A click beside the dialog closes it, as people expect.
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());

  function follow() {
    const wanted = /^#attempt-(\d+)-(\d+)$/.exec(location.hash);
    const found = wanted && data.attempts.find((a) => a.index === +wanted[1] && a.try === +wanted[2]);
    if (found && !dialog.open) show(found, null);
  }

  filters();
  draw();
  follow();
  addEventListener("hashchange", follow);
})();
