/**
 * The script of embed.html: an element for places that allow only an iframe. The address carries its attributes; messages carry
 * its methods and events. docs/embed.md describes the protocol.
 */

import models from "../../models/bundled.json";
import { attributeOf, optionOf } from "../ui/options.ts";
import { DiffusionSampler, type SamplerDetails } from "./index.ts";

/** Before the name of every message's type, so that a page's other messages are told apart. */
const PREFIX = "unnoise:";

/** What is said of messages that cannot be obeyed. */
const unknown = (type: string, known: string[]) => `there is no message ${type}; there are ${known.join(", ")}`;
const ATTRIBUTES_ALLOWED = "`attributes` must be an object of names and values";

/** The model beside embed.html: the one that the page begins with. */
const OWN_MODEL = `./models/${models[0]?.folder}/`;

/** What a message may ask for: `id` comes back with the answer. */
interface Command {
  type: string;
  id?: unknown;
  step?: unknown;
  attributes?: unknown;
}

const asked = new URLSearchParams(location.search);
const element = document.createElement("diffusion-sampler");
/** Whom to talk with: the page around, where `origin` is given only if it is of that origin. */
const partner = window.parent === window ? undefined : window.parent;
const partnerOrigin = asked.get("origin") ?? "*";

/** What each message does; what it gives is the answer. */
const COMMANDS: Record<string, (command: Command) => unknown> = {
  generate: () => element.generate(),
  play: () => element.play(),
  pause: () => element.pause(),
  step: () => element.step(),
  stop: () => element.stop(),
  seek: ({ step }) => element.seek(Number(step)),
  set: ({ attributes }) => setAll(attributes),
  state: () => ({ state: element.state, paused: element.paused, step: element.current?.index ?? null }),
};

element.setAttribute("model", OWN_MODEL);
element.lang = navigator.language;
for (const [name, value] of asked) set(name, value);
for (const theme of ["light", "dark"])
  if (asked.get("theme") === theme) document.documentElement.style.colorScheme = theme;

tell("load", ({ model, backend }) => ({ model, backend }));
tell("progress", (progress) => progress);
tell("step", ({ step: { index, steps, timestep, next } }) => ({ index, steps, timestep, next }));
tell("complete", ({ images, seed, steps }) => ({ images, seed, steps }));
tell("error", ({ code, message, hint }) => ({ code, message, hint }));

addEventListener("message", (event) => {
  if (event.source !== partner || (partnerOrigin !== "*" && event.origin !== partnerOrigin)) return;
  if (isCommand(event.data)) void obey(event.data);
});
new ResizeObserver(() => post("size", { width: element.offsetWidth, height: freeHeight() })).observe(element);
document.getElementById("waiting")?.remove();
(document.getElementById("main") ?? document.body).append(element);
post("ready", {});

async function obey(command: Command): Promise<void> {
  const name = command.type.slice(PREFIX.length);
  const act = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!act) {
    const allowed = Object.keys(COMMANDS).map((known) => PREFIX + known);
    post("refused", { id: command.id, code: "unknown-message", message: unknown(command.type, allowed) });
    return;
  }
  try {
    post("done", { id: command.id, result: await act(command) });
  } catch (error) {
    post("refused", { id: command.id, code: "invalid-message", message: String(error) });
  }
}

/** The height that the content has where the iframe does not limit it. */
function freeHeight(): number {
  const { classList } = document.documentElement;
  classList.add("free");
  const height = element.offsetHeight;
  classList.remove("free");
  return height;
}

function setAll(attributes: unknown): void {
  if (typeof attributes !== "object" || attributes === null) throw new Error(ATTRIBUTES_ALLOWED);
  for (const [name, value] of Object.entries(attributes)) set(name, value);
}

/** Sets an attribute by its own name or by that of the demo page's links; null and false remove it. Others are left alone. */
function set(name: string, value: unknown): void {
  const option = optionOf(name);
  const attribute = option ? attributeOf(option) : name;
  if (!DiffusionSampler.observedAttributes.includes(attribute)) return;
  // The page's links say "own" for the path that VDM takes where no trajectory is given.
  const absent = value === null || value === undefined || value === false || (name === "trajectory" && value === "own");
  if (absent) element.removeAttribute(attribute);
  else element.setAttribute(attribute, value === true ? "" : String(value));
}

function tell<K extends keyof SamplerDetails>(type: K, detail: (detail: SamplerDetails[K]) => object): void {
  element.addEventListener(type, ((event: CustomEvent<SamplerDetails[K]>) => {
    post(type, detail(event.detail));
  }) as EventListener);
}

function post(type: string, more: object): void {
  partner?.postMessage({ ...more, type: PREFIX + type }, partnerOrigin);
}

function isCommand(data: unknown): data is Command {
  return typeof data === "object" && data !== null && "type" in data && String(data.type).startsWith(PREFIX);
}
