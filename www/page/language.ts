/**
 * Chooses the language, while the page is still being read: what the address asks for, else what was chosen last, else the first of
 * the visitor's own that there is. Where it is not the one that stands there, the page is hidden until its texts are exchanged.
 */

/** All languages, by the build. */
declare const LANGUAGES: readonly string[];

const root = document.documentElement;

function chosen(): string {
  const asked = [new URLSearchParams(location.search).get("lang"), kept(), ...navigator.languages];
  const tags = asked.map((tag) => tag?.toLowerCase().split("-")[0] ?? "");
  return tags.find((tag) => LANGUAGES.includes(tag)) ?? root.lang;
}

function kept(): string | null {
  try {
    return localStorage.getItem("unnoise.language");
  } catch {
    return null;
  }
}

/** The page in a language. The browser itself reads it as a document, which a policy of Trusted Types allows; text it would not. */
function pageIn(language: string): Promise<Document | null> {
  const request = new XMLHttpRequest();
  request.responseType = "document";
  request.open("GET", language === "en" ? "./index.html" : `./${language}.html`);
  return new Promise((resolve) => {
    request.onloadend = () => resolve(request.responseXML);
    request.send();
  });
}

async function translate(language: string): Promise<void> {
  root.style.visibility = "hidden";
  const answer = pageIn(language);
  await new Promise((resolve) => document.addEventListener("readystatechange", resolve, { once: true }));
  const page = await answer;
  // Where the answer is another one, the page stays in the language that stands there.
  if (page?.documentElement.lang === language) {
    document.title = page.title;
    document.body.replaceWith(page.body);
    root.lang = language;
  }
  root.style.visibility = "";
}

// Where the page's script does not come, its controls would do nothing: see unable.css. Errors of elements do not rise.
addEventListener(
  "error",
  ({ target }) => {
    if (!(target instanceof HTMLScriptElement)) return;
    root.setAttribute("data-state", location.protocol === "file:" ? "file" : "script");
  },
  true,
);

const language = chosen();
globalThis.translated = language === root.lang ? Promise.resolve() : translate(language);
