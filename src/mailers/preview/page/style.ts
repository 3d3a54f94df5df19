import { Html } from './html.js';

/** The CSS of all pages. Each colour has one name, with a light and a dark value. */
export const style = new Html(`
:root {
  color-scheme: light dark;
  --ground: light-dark(#f6f6f8, #16171b);
  --surface: light-dark(#ffffff, #1f2126);
  --line: light-dark(#e1e2e8, #33363f);
  --text: light-dark(#1b1d22, #e9eaee);
  --muted: light-dark(#5c616d, #a2a7b3);
  --accent: light-dark(#2b59c3, #93b4ff);
  --chosen: light-dark(#e9effc, #29324a);
  --error: light-dark(#a3271f, #ff9c92);
  font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif;
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); overflow-wrap: anywhere; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
main:focus { outline: none; }
h1 { font-size: 1.4rem; line-height: 1.3; margin: 0; font-weight: 650; text-wrap: balance; }
h2 { font-size: .8rem; margin: 0 0 .4rem; font-weight: 600; color: var(--muted); }
p { margin: 0 0 .75rem; max-width: 42rem; }
ul { list-style: none; margin: 0; padding: 0; }
pre, code { font: .85rem/1.6 ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; }
.muted { color: var(--muted); }
.skip { position: absolute; left: -999rem; }
.unseen { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
.skip:focus { left: 1rem; top: .5rem; background: var(--surface); padding: .5rem .75rem; z-index: 1; }

header { display: flex; align-items: center; gap: 1.5rem; height: 3.25rem; padding: 0 1.25rem;
  background: var(--surface); border-bottom: 1px solid var(--line); }
.brand { font-weight: 700; color: var(--text); }
header nav { display: flex; gap: .25rem; }
header nav a { padding: .3rem .7rem; border-radius: 6px; color: var(--muted); }
header nav a[aria-current] { background: var(--chosen); color: var(--accent); }

.single main { max-width: 56rem; margin: 0 auto; padding: 2rem 1.25rem; }
.single h1 { margin-bottom: 1.25rem; }
.columns { display: grid; grid-template-columns: minmax(0, 1fr); min-height: calc(100vh - 3.25rem); }
.columns main { display: flex; flex-direction: column; gap: 1rem; padding: 1.25rem; min-width: 0; }
.side { display: none; }
@media (min-width: 54rem) {
  .columns { grid-template-columns: 18rem minmax(0, 1fr); }
  .columns main { padding: 1.5rem 2rem 2rem; }
  .side { display: block; border-right: 1px solid var(--line); padding: 1.25rem .75rem;
    position: sticky; top: 0; max-height: 100vh; overflow-y: auto; align-self: start; min-height: calc(100vh - 3.25rem); }
}

.group { margin-bottom: 1.5rem; }
.group h2 { padding: 0 .6rem; }
.group li > a, .group li > span { display: block; padding: .35rem .6rem; border-radius: 6px; color: var(--text); }
.group li > a:hover { background: var(--chosen); text-decoration: none; }
.group a[aria-current] { background: var(--chosen); color: var(--accent); font-weight: 550; }
.group small { color: var(--muted); font-size: .8rem; }
.single nav:has(> .group) { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(18rem, 100%), 1fr)); gap: 1rem; align-items: start; }
.single .group { margin: 0; background: var(--surface); border: 1px solid var(--line); border-radius: 10px; padding: 1rem .5rem .5rem; }

.envelope { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .15rem .9rem; margin: 0; }
.envelope dt { color: var(--muted); }
.envelope dd { margin: 0; }
.files { display: flex; flex-wrap: wrap; gap: .5rem; }
.files a { display: inline-flex; gap: .5rem; padding: .25rem .7rem; border: 1px solid var(--line); border-radius: 6px;
  background: var(--surface); }
.files small { color: var(--muted); }

.tools { display: flex; flex-wrap: wrap; gap: .6rem 1.25rem; align-items: center; }
.choice { display: flex; align-items: center; gap: .5rem; }
.choice > span { white-space: nowrap; color: var(--muted); font-size: .85rem; }
.choice ul { display: flex; flex-wrap: wrap; border: 1px solid var(--line); border-radius: 8px; background: var(--surface); padding: 2px; gap: 2px; }
.choice a { display: block; padding: .15rem .65rem; border-radius: 6px; color: var(--muted); }
.choice a:hover { text-decoration: none; color: var(--text); }
.choice a[aria-current] { background: var(--chosen); color: var(--accent); }
.push { margin-left: auto; }

.stage { flex: 1; display: flex; min-height: 30rem; background: var(--surface); border: 1px solid var(--line);
  border-radius: 10px; overflow: hidden; }
.stage > * { flex: 1; min-width: 0; margin: 0; }
.stage iframe { border: 0; width: 100%; background: #fff; color-scheme: light; }
.stage.narrow { flex: 1; width: 377px; max-width: 100%; align-self: center; }
.stage pre { padding: 1.25rem; white-space: pre-wrap; overflow: auto; }
.stage dl { padding: 1.25rem; align-content: start; font: .85rem/1.6 ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace; }
.notice { display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding: .5rem .9rem; border: 1px solid var(--line); border-radius: 8px;
  background: var(--surface); color: var(--muted); }
.problem { border: 1px solid var(--line); border-left: 4px solid var(--error); border-radius: 8px; background: var(--surface); padding: 1.25rem; }
.problem pre { overflow-x: auto; margin: 0 0 1rem; white-space: pre-wrap; }
.problem strong { color: var(--error); }

.inbox a { display: grid; grid-template-columns: minmax(0, 1fr) max-content; gap: 0 .75rem; padding: .6rem .75rem; color: var(--text); border-radius: 8px; }
.inbox a:hover { background: var(--chosen); text-decoration: none; }
.inbox a[aria-current] { background: var(--chosen); }
.inbox b { font-weight: 550; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.inbox span { color: var(--muted); font-size: .85rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.inbox span { grid-column: 1; }
.inbox time { color: var(--muted); font-size: .85rem; font-variant-numeric: tabular-nums; }
.single .inbox { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; padding: .35rem; }
.single .inbox + p { margin-top: .75rem; }
.code { background: var(--surface); border: 1px solid var(--line); border-radius: 8px; padding: 1rem 1.25rem; margin: 0; overflow-x: auto; }
.code + p { margin-top: 1.25rem; }
.single .inbox:empty { display: none; }
@media (max-width: 53.99rem) {
  .columns main { padding: 1rem; }
  .stage { margin: 0 -1rem; border-radius: 0; border-width: 1px 0; }
  .stage.narrow { width: auto; max-width: none; align-self: stretch; }
  .wide-only { display: none; }
}
`);
