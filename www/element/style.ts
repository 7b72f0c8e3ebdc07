/** The element's style, as a constructed style sheet: a page that forbids inline styles has nothing to forbid. */

const CSS = `
:host {
  --accent: var(--diffusion-accent, #ee4612);
  --screen: var(--diffusion-screen, #000);
  --screen-ink: var(--diffusion-screen-ink, #e8e8e4);
  --ink: var(--diffusion-ink, #161615);
  --quiet: var(--diffusion-quiet, #575752);
  --key: var(--diffusion-key, #f7f7f6);
  --line: var(--diffusion-line, #c6c6c3);
  --radius: var(--diffusion-radius, 5px);
  display: flex;
  flex-direction: column;
  box-sizing: border-box;
  width: 100%;
  min-width: 0;
  max-width: 22rem;
  contain: inline-size;
  contain-intrinsic-inline-size: 16rem;
  color: var(--ink);
  font: 13px / 1.4 var(--diffusion-font, "Helvetica Neue", "Segoe UI", Roboto, "Liberation Sans", Arial, system-ui, sans-serif);
  text-align: start;
}
:host([hidden]) { display: none; }
@supports (color: light-dark(red, red)) {
  :host {
    --accent: var(--diffusion-accent, light-dark(#ee4612, #ff6a33));
    --ink: var(--diffusion-ink, light-dark(#161615, #f1f1ee));
    --quiet: var(--diffusion-quiet, light-dark(#575752, #a6a6a2));
    --key: var(--diffusion-key, light-dark(#f7f7f6, #29292c));
    --line: var(--diffusion-line, light-dark(#c6c6c3, #3b3b3f));
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
button, input { font: inherit; color: inherit; margin: 0; }
:focus-visible { outline: 2px solid var(--ink); outline-offset: 2px; }
.unseen {
  position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); white-space: nowrap;
}

.stage {
  position: relative;
  flex: 1 1 auto;
  width: 100%;
  min-height: 0;
  border-radius: var(--radius);
  background: var(--screen);
  color: var(--screen-ink);
  overflow: hidden;
}
.picture { position: absolute; inset: 0; width: 100%; height: 100%; image-rendering: pixelated; }
.stage.blank .picture { opacity: 0.55; }
.poster { position: absolute; inset: 0; }
.poster ::slotted(*) {
  display: block; width: 100% !important; height: 100% !important; margin: 0 !important; object-fit: contain; image-rendering: pixelated;
}

.cover {
  position: absolute; inset: 0; display: grid; place-items: center; width: 100%; height: 100%; padding: 0; border: 0;
  border-radius: var(--radius); background: none; cursor: pointer;
}
.cover:focus-visible { outline: 2px solid var(--screen-ink); outline-offset: -5px; }
.cover span {
  display: grid; place-items: center; width: 56px; height: 56px; border-radius: 50%; background: var(--accent); color: #160600;
  box-shadow: 0 0 0 5px rgb(0 0 0 / 35%);
}
.cover:hover span { background: color-mix(in srgb, var(--accent) 86%, white); }
.cover svg { width: 22px; height: 22px; fill: currentColor; }
.stage:not(.ready) .cover span { visibility: hidden; }
.stage.revealing .cover:is(:hover, :focus-visible) span { visibility: visible; }
.stage.bare .cover span { display: none; }

.loading {
  position: absolute; inset: auto 12px 12px; padding: 8px 10px 10px; border-radius: var(--radius); background: rgb(0 0 0 / 82%);
  color: #e8e8e4; pointer-events: none; font-variant-numeric: tabular-nums;
}
.loading p { margin: 0 0 5px; font-size: 12px; }
.message {
  position: absolute; inset: auto 0 0; max-height: 100%; padding: 10px 12px 12px; background: rgb(0 0 0 / 86%); color: #f1f1ee;
  overflow: auto;
}
.message p { margin: 0; overflow-wrap: anywhere; }
.message p + p { margin-top: 4px; color: #bdbdb8; }
.message .text { margin-top: 9px; border-color: #77776f; background: none; color: inherit; }
.message :focus-visible { outline-color: #f1f1ee; }

.strip { display: block; width: 100%; height: 10px; border: 0 solid var(--accent); color: var(--ink); image-rendering: pixelated; }
.stage .strip { color: #e8e8e4; }
.line { position: absolute; inset: auto 0 0; height: 6px; }

.controls { flex: none; height: 76px; padding-top: 8px; }
.transport { display: flex; align-items: center; gap: 5px; height: 36px; }
.key {
  display: grid; flex: none; place-items: center; width: 36px; height: 36px; padding: 0; border: 1px solid var(--line);
  border-radius: var(--radius); background: var(--key); cursor: pointer;
}
.key:hover:not([aria-disabled="true"]), .text:hover { border-color: var(--quiet); }
.key[aria-disabled="true"] { cursor: default; }
.key[aria-disabled="true"] svg { opacity: 0.35; }
.key svg { width: 15px; height: 15px; fill: currentColor; }
.icon-pause, .icon-stop, .on .icon-play, .on .icon-again { display: none; }
.on .icon-pause, .on .icon-stop { display: inline; }
.key.off { visibility: hidden; }
.text {
  min-height: 30px; padding: 0 12px; border: 1px solid var(--line); border-radius: var(--radius); background: var(--key); cursor: pointer;
}
.scrubber { position: relative; flex: 1; min-width: 0; height: 36px; margin: 0 4px; }
.scrubber .strip { position: absolute; inset: 11px 0 auto; height: 14px; }
.scrubber input {
  position: absolute; inset: 0 -3px; width: calc(100% + 6px); height: 100%; background: none; appearance: none; cursor: pointer;
}
.scrubber input:disabled { cursor: default; }
.scrubber input::-webkit-slider-runnable-track { height: 36px; }
.scrubber input::-webkit-slider-thumb {
  appearance: none; width: 6px; height: 30px; margin: 3px 0; border-radius: 3px; background: var(--ink);
}
.scrubber input::-moz-range-thumb { width: 6px; height: 30px; border: 0; border-radius: 3px; background: var(--ink); }
.scrubber input:disabled::-webkit-slider-thumb { visibility: hidden; }
.scrubber input:disabled::-moz-range-thumb { visibility: hidden; }
.count { flex: none; min-width: 3.9em; text-align: end; font-variant-numeric: tabular-nums; white-space: nowrap; }

.under { display: flex; align-items: center; gap: 10px; height: 32px; color: var(--quiet); font-size: 12px; }
.caption { flex: 1; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.shown { display: flex; flex: none; gap: 10px; margin: 0; padding: 0; border: 0; }
.shown label { position: relative; padding: 4px 0; cursor: pointer; }
.shown input { position: absolute; inset: 0; width: 100%; height: 100%; opacity: 0; cursor: pointer; }
.shown span { padding-bottom: 1px; border-bottom: 2px solid transparent; }
.shown label:hover span { color: var(--ink); }
.shown input:checked + span { border-bottom-color: var(--accent); color: var(--ink); }
.shown input:focus-visible + span { outline: 2px solid var(--ink); outline-offset: 3px; }
@media (forced-colors: active) {
  .shown input:checked + span { border-bottom-color: Highlight; }
  .cover span { border: 1px solid ButtonText; }
}
`;

let sheet: CSSStyleSheet | undefined;

/** The sheet that all elements of the page share. */
export function sharedStyle(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
  }
  return sheet;
}
