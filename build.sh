#!/usr/bin/env bash
# unnoise: install what is missing, build, and serve, test, measure or package.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

readonly USAGE="usage: ./build.sh serve [port] | check | test | bench [part]... | soak [share] | package | audit |
       ./build.sh fuzz [seconds]

  serve    build and serve the page on this machine (default port 8000; PORT and HOST override)
  check    check formats, and the front end's lints and types; print its sizes beside their limits
  test     check, lint and run every test, native, in headless Chromium, in Firefox and in WebKitGTK
  bench    measure the modules beside onnxruntime-web in headless Chromium (ROUNDS, default 15); parts:
           cpu large native kernels webgpu webgpu-more burn webgpu-kernels counts start start-webgpu memory sizes pixels (default: all)
  soak     do in minutes what visitors do in months, and fail if anything grows (share of it, from 0 to 1, default 1)
  package  build and weigh pkg/, the npm package, and site/, the page for any static host, with licences, bills of
           materials and hashes
  audit    check licences, sources and known vulnerabilities of all dependencies, before a release
  fuzz     look for bytes that the readers of files and options do not bear, with libFuzzer (default 600 seconds in all);
           \`test\` replays what was found. Needs the nightly compiler

CARGO_TARGET_DIR moves the build cache (default: the user's cache folder); CHROME,
FIREFOX and WEBKIT (WebKitWebDriver) name the browsers of the tests."

CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/unnoise"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$CACHE/target}"
export PATH="$CACHE/tools/bin:$HOME/.cargo/bin:$PATH"
readonly CACHE
mkdir -p "$CACHE" "$CARGO_TARGET_DIR"
# The one place that pins wasm-bindgen is Cargo.toml; its command line must be of the same version.
WASM_BINDGEN="$(sed -n 's/^wasm-bindgen = "=\(.*\)"$/\1/p' Cargo.toml)"
readonly WASM_BINDGEN
# What checks dependencies, names what is published, and drives libFuzzer.
readonly DENY=0.20.2 ABOUT=0.9.3 CYCLONEDX=0.5.9 FUZZ=0.13.2

# --- saying what happens -------------------------------------------------------------------------------------------

STEPS_LEFT=()
# plan NAME... : the steps to come, for "about N min left".
plan() { STEPS_LEFT=("$@"); }

# What a step took here last time, or on a two-core machine with nothing cached.
seconds_of() {
  local first
  case $1 in
    deny | about) first=300 ;; cyclonedx | fuzzer) first=90 ;;
    rust) first=60 ;; bindgen) first=150 ;; npm) first=20 ;; chromium | firefox | webkit) first=60 ;; check) first=10 ;; clippy) first=90 ;;
    native) first=300 ;; gpu) first=240 ;; cpu | kernels) first=60 ;; webgpu) first=120 ;; burn) first=720 ;; page) first=5 ;; browser | bench | soak) first=300 ;;
    *) first=5 ;;
  esac
  cat "$CACHE/seconds/$1" 2>/dev/null || echo "$first"
}

# step NAME SENTENCE COMMAND... : say, do, remember how long it took.
step() {
  local name=$1 sentence=$2 left=0 other started=$SECONDS
  shift 2
  for other in "${STEPS_LEFT[@]}"; do left=$((left + $(seconds_of "$other"))); done
  STEPS_LEFT=("${STEPS_LEFT[@]:1}")
  printf '\n== %s (up to %s; up to %s left in all)\n' "$sentence" "$(duration "$(seconds_of "$name")")" "$(duration "$left")"
  "$@"
  # A step with nothing to do says nothing about the next time that it has.
  if ((SECONDS - started >= 3)); then
    mkdir -p "$CACHE/seconds"
    echo $((SECONDS - started)) >"$CACHE/seconds/$name"
  fi
}

duration() { if (($1 < 90)); then echo "$1 s"; else echo "$((($1 + 30) / 60)) min"; fi; }
fail() { printf 'build.sh: %s\n' "$*" >&2; exit 1; }

# --- installing what is missing ------------------------------------------------------------------------------------

install_rust() {
  command -v rustup >/dev/null || fail "rustup is not installed: see https://rustup.rs"
  local channel
  channel="$(sed -n 's/^channel = "\(.*\)"$/\1/p' rust-toolchain.toml)"
  cargo --version >/dev/null 2>&1 || rustup toolchain install "$channel" --profile minimal
  rustup target list --installed | grep -q wasm32-unknown-unknown || rustup target add wasm32-unknown-unknown
  cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 || rustup component add rustfmt clippy
}

install_bindgen() {
  [[ "$(wasm-bindgen --version 2>/dev/null)" == "wasm-bindgen $WASM_BINDGEN" ]] && return
  # Not --locked: the published lock file names a crate version that the registry has withdrawn.
  cargo install wasm-bindgen-cli --version "$WASM_BINDGEN" --root "$CACHE/tools" --force
}

# install_tool NAME VERSION [ARGUMENT...] : one of Cargo's commands. With --debug it is sooner built; cargo-about compares texts for
# minutes then.
install_tool() {
  [[ "$("$1" "${1#cargo-}" --version 2>/dev/null)" == *" $2" ]] && return
  cargo install "$1" --version "$2" --locked --root "$CACHE/tools" --force "${@:3}"
}

install_npm() {
  command -v npm >/dev/null || fail "Node.js is not installed: version 20.19 or newer is needed"
  [[ node_modules/.package-lock.json -nt package-lock.json ]] || npm ci --no-audit --no-fund
}

find_chrome() { first_program "${CHROME:-}" google-chrome google-chrome-stable chromium chromium-browser; }
# Without windows, for the tests of the page alone; where a browser is named, that is the one that is meant.
find_shell() { [[ -z "${CHROME:-}" ]] && first_program "${CHROME_SHELL:-}" chromium-headless-shell; }
find_firefox() { first_program "${FIREFOX:-}" firefox-esr firefox; }
find_webkit() { command -v xvfb-run >/dev/null && first_program "${WEBKIT:-}" WebKitWebDriver; }

# first_program NAME... : where the first of these is that is there.
first_program() {
  local name
  for name in "$@"; do
    [[ -n "$name" ]] && command -v "$name" && return
  done
  return 1
}

install_chromium() {
  if ! find_chrome >/dev/null; then
    [[ -z "${CHROME:-}" ]] || fail "CHROME is $CHROME, which is not a program"
    command -v apt-get >/dev/null || fail "no Chrome or Chromium was found: install one, or name it in CHROME"
    install_package chromium
  fi
  [[ -z "${CHROME:-}" ]] && command -v apt-get >/dev/null && ! find_shell >/dev/null || return 0
  install_package chromium-headless-shell || echo "No chromium-headless-shell: all tests run in Chromium itself."
}

install_firefox() {
  find_firefox >/dev/null && return
  [[ -z "${FIREFOX:-}" ]] || fail "FIREFOX is $FIREFOX, which is not a program"
  command -v apt-get >/dev/null || fail "no Firefox was found: install one, or name it in FIREFOX"
  install_package firefox-esr
}

# WebKit's tests are skipped where its driver cannot be had: it is packaged for few systems.
install_webkit() {
  find_webkit >/dev/null && return
  [[ -z "${WEBKIT:-}" ]] || fail "WEBKIT is $WEBKIT, which is not a program"
  command -v apt-get >/dev/null && install_package webkit2gtk-driver xvfb ||
    echo "No WebKitWebDriver with xvfb-run: the tests in WebKit are skipped."
}

find_vulkan() { compgen -G "/usr/share/vulkan/icd.d/*.json" || compgen -G "/etc/vulkan/icd.d/*.json" || [[ "$(uname)" == Darwin ]]; }

# The kernels' tests without a browser are skipped where there is no Vulkan: Mesa's lavapipe is one on any processor.
install_vulkan() {
  find_vulkan >/dev/null && return
  command -v apt-get >/dev/null && install_package libvulkan1 mesa-vulkan-drivers ||
    echo "No Vulkan driver, like Mesa's lavapipe: the tests of the WebGPU kernels without a browser are skipped."
}

# install_package NAME... : with Debian's tools.
install_package() {
  local as_root=()
  [[ $EUID == 0 ]] || as_root=(sudo)
  "${as_root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "$@"
}

# --- building ------------------------------------------------------------------------------------------------------

# Everything that a wasm module is made of, as one number.
fingerprint() {
  { find src gemm -type f -print0 | sort -z | xargs -0 cat; cat build.sh Cargo.toml Cargo.lock .cargo/config.toml rust-toolchain.toml; } | cksum
}

# build_module cpu|webgpu|burn : pkg/MODULE/, unless it is up to date; the CPU module twice, the second time for relaxed SIMD.
# build_module bench : the same of the CPU module with single operations to be timed, for the benchmark alone.
build_module() {
  local module=$1 out="pkg/$1" features=$1 built
  [[ $module == bench ]] && out=www/bench/pkg
  built="$(fingerprint)"
  [[ "$(cat "$out/.built" 2>/dev/null)" == "$built" ]] && { echo "$out is up to date"; return; }
  # All modules come out of cargo under one name, so the output of another must not pass for this one's.
  (
    flock 9
    case $module in
      # It computes on the GPU: of the rest only the size is felt, in the download.
      webgpu) compile "$features" "$out" -C opt-level=s ;;
      burn) compile "$features" "$out" ;;
      *) compile "$features" "$out" && compile_relaxed "$features" "$out" ;;
    esac
  ) 9>"$CARGO_TARGET_DIR/.modules.lock"
  echo "$built" >"$out/.built"
}

# compile FEATURES OUT [FLAG...] : a module and its glue. Without the paths of this machine, so that the same sources give the same bytes
# on another one; panics would name the files of crates by them. Without loop strength reduction, which gives every address of a loop a counter
# of its own: engines of WebAssembly compute addresses from one counter for less, and instructions are what the hot loops are short of.
compile() {
  local features=$1 out=$2 from="$CARGO_TARGET_DIR/wasm32-unknown-unknown/wasm"
  rm -f "$from/unnoise.wasm" "$from/deps/unnoise.wasm"
  cargo rustc --locked --lib --crate-type cdylib --profile wasm --target wasm32-unknown-unknown \
    --config "target.wasm32-unknown-unknown.rustflags = ['--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}/registry/src/=']" \
    --no-default-features --features "$features" -- -C llvm-args=-disable-lsr "${@:3}"
  wasm-bindgen --target web --out-dir "$out" --out-name unnoise --remove-name-section \
    --remove-producers-section "$from/unnoise.wasm"
}

# compile_relaxed FEATURES OUT : the module once more, beside the first one and with its glue.
compile_relaxed() {
  local out="$CARGO_TARGET_DIR/relaxed"
  compile "$1" "$out" -C target-feature=+relaxed-simd
  # The glue's comments number the module's functions, which may differ; its code must not.
  cmp <(grep -v '^ *//' "$out/unnoise.js") <(grep -v '^ *//' "$2/unnoise.js") ||
    fail "both builds of the CPU module must have the same glue"
  cp "$out/unnoise_bg.wasm" "$2/unnoise_relaxed_bg.wasm"
}

build_page() { node www/build.mjs all; }

# --- the commands --------------------------------------------------------------------------------------------------

serve() {
  export PORT="${1:-${PORT:-8000}}"
  plan rust bindgen npm cpu page
  step rust "Rust and its WebAssembly target" install_rust
  step bindgen "wasm-bindgen $WASM_BINDGEN" install_bindgen
  step npm "npm packages" install_npm
  step cpu "CPU module" build_module cpu
  step page "library and page" build_page

  # The page runs on the CPU module at once; the others join it when they are built.
  (
    later webgpu "WebGPU"
    later burn "burn"
  ) &
  local background=$!
  trap 'kill -- "$background" 2>/dev/null || true' EXIT
  echo
  echo "The WebGPU module is built in the background (about $(duration "$(seconds_of webgpu)") the first time), then the burn module ($(duration "$(seconds_of burn)"))."
  node www/serve.mjs
}

# later MODULE NAME : builds a module when there is time, tells the page's service worker of it, and says what came of it.
later() {
  nice -n 19 bash -c "$(declare -f fingerprint build_module compile compile_relaxed fail); set -euo pipefail; build_module $1; node www/build.mjs offline" \
    >"$CACHE/$1.log" 2>&1 && echo "The $2 module is ready: reload the page." ||
    echo "The $2 module could not be built, the page goes on without it: see $CACHE/$1.log"
}

check() {
  plan rust npm page check
  step_sources
}

# step_sources : the steps of `check`, with which `test` begins.
step_sources() {
  step rust "Rust and its WebAssembly target" install_rust
  step npm "npm packages" install_npm
  step page "library and page" build_page
  step check "formats, lints, types and sizes" check_sources
}

run_tests() {
  plan rust npm page check clippy native vulkan gpu bindgen cpu webgpu burn offline chromium firefox webkit browser
  step_sources
  step clippy "Rust lints" check_rust
  step native "native tests" test_native
  step vulkan "Vulkan" install_vulkan
  step gpu "WebGPU kernels without a browser" test_gpu
  step bindgen "wasm-bindgen $WASM_BINDGEN" install_bindgen
  step cpu "CPU module" build_module cpu
  step webgpu "WebGPU module" build_module webgpu
  step burn "burn module" build_module burn
  step offline "service worker, which names the modules" node www/build.mjs offline
  step chromium "Chromium" install_chromium
  CHROME_SHELL="$(find_shell || true)"
  CHROME="$(find_chrome)"
  step firefox "Firefox" install_firefox
  FIREFOX="$(find_firefox)"
  step webkit "WebKit" install_webkit
  WEBKIT="$(find_webkit || true)"
  export CHROME CHROME_SHELL FIREFOX WEBKIT
  step browser "tests in $CHROME, $FIREFOX${WEBKIT:+ and $WEBKIT}" npm test --silent
}

test_native() {
  cargo test --locked --package gemm
  cargo test --locked --features burn
}

# The WebGPU kernels on this machine's Vulkan: beside the CPU's operations, and the networks beside diffusers.
test_gpu() {
  find_vulkan >/dev/null || { echo "SKIPPED: there is no Vulkan driver."; return; }
  # Mesa looks for a display's folder, and says so at every device where there is none.
  export XDG_RUNTIME_DIR="${XDG_RUNTIME_DIR:-$CARGO_TARGET_DIR}"
  cargo test --locked --features native-gpu --test gpu
  cargo test --locked --features native-gpu --test golden -- unet_ known_answer
}

check_sources() {
  cargo fmt --all --check
  npm run --silent check
  node www/figures.mjs
}

check_rust() {
  cargo clippy --locked --package gemm --all-targets -- -D warnings
  cargo clippy --locked --all-targets --features burn -- -D warnings
  cargo clippy --locked --features native-gpu --test gpu --example gpu -- -D warnings
  local module
  # The burn module has src/burn, which the line above has seen, and minutes of dependencies.
  for module in cpu webgpu; do
    cargo clippy --locked --lib --target wasm32-unknown-unknown --no-default-features --features "$module" -- -D warnings
  done
}

package() {
  plan rust bindgen about cyclonedx npm cpu webgpu burn page
  step rust "Rust and its WebAssembly target" install_rust
  step bindgen "wasm-bindgen $WASM_BINDGEN" install_bindgen
  step about "cargo-about $ABOUT" install_tool cargo-about "$ABOUT" --features cli
  step cyclonedx "cargo-cyclonedx $CYCLONEDX" install_tool cargo-cyclonedx "$CYCLONEDX" --debug
  step npm "npm packages" install_npm
  step cpu "CPU module" build_module cpu
  step webgpu "WebGPU module" build_module webgpu
  step burn "burn module" build_module burn
  step page "library and page" build_page
  node www/package.mjs
}

# What needs a program of its own, or a server that may not be reached: before a release, and not with every test.
audit() {
  plan rust npm deny crates packages
  step rust "Rust and its WebAssembly target" install_rust
  step npm "npm packages" install_npm
  step deny "cargo-deny $DENY" install_tool cargo-deny "$DENY" --debug
  step crates "crates: licences, versions, sources, advisories" audit_crates
  step packages "npm packages: advisories" audit_packages
}

audit_crates() {
  cargo deny --locked check --hide-inclusion-graph licenses bans sources
  if cargo deny --locked fetch db; then
    cargo deny --locked check --disable-fetch advisories
  else
    echo "NOT CHECKED: advisories of crates. RustSec's database could not be fetched from github.com."
  fi
}

# Packages whose code is published are `dependencies` in package.json: any advisory fails. The others are tools that run on this
# machine, on files of this repository: their advisories are shown.
audit_packages() {
  local said
  if said="$(npm audit --omit=dev 2>&1)"; then
    echo "$said"
    npm audit || echo "These are tools that are not published."
  elif [[ "$said" == *"audit endpoint returned an error"* || "$said" == *ENOTFOUND* ]]; then
    echo "NOT CHECKED: advisories of npm packages. The registry did not answer npm audit: $said"
  else
    fail "$said"
  fi
}

bench() {
  plan rust bindgen npm cpu webgpu burn page chromium kernels bench
  step_browser_side
  step kernels "single operations of the CPU module" build_module bench
  step bench "unnoise beside onnxruntime-web" node www/bench/bench.mjs "$@"
}

soak() {
  plan rust bindgen npm cpu webgpu burn page chromium soak
  step_browser_side
  step soak "soak" node www/bench/soak.mjs "$@"
}

# step_browser_side : what a program that drives Chromium needs.
step_browser_side() {
  step rust "Rust and its WebAssembly target" install_rust
  step bindgen "wasm-bindgen $WASM_BINDGEN" install_bindgen
  step npm "npm packages" install_npm
  step cpu "CPU module" build_module cpu
  step webgpu "WebGPU module" build_module webgpu
  step burn "burn module" build_module burn
  step page "library and page" build_page
  step chromium "Chromium" install_chromium
  CHROME="$(find_chrome)"
  export CHROME
}

# fuzz SECONDS : divided among the targets. What is found lies in fuzz/artifacts; it belongs into fuzz/corpus once it is mended.
fuzz() {
  local seconds=$1 targets target corpus="$CACHE/corpus"
  [[ "$seconds" =~ ^[1-9][0-9]{0,5}$ ]] || fail "seconds is $seconds; it must be a whole number from 1 to 999999"
  rustup toolchain list | grep -q nightly || fail "the nightly compiler is missing: rustup toolchain install nightly --profile minimal"
  plan rust fuzzer
  step rust "Rust and its WebAssembly target" install_rust
  step fuzzer "cargo-fuzz $FUZZ" install_tool cargo-fuzz "$FUZZ" --debug
  mapfile -t targets < <(cargo fuzz list)
  for target in "${targets[@]}"; do
    mkdir -p "$corpus/$target"
    printf '\n== %s\n' "$target"
    # The first folder takes what is new, so that the repository's stays small.
    cargo +nightly fuzz run --target-dir "$CACHE/fuzz" "$target" "$corpus/$target" "fuzz/corpus/$target" -- \
      -max_total_time=$(((seconds + ${#targets[@]} - 1) / ${#targets[@]})) -timeout=20 -rss_limit_mb=3000 -max_len=6000 -print_final_stats=1
  done
}

case "${1:-}" in
  serve) serve "${2:-}" ;;
  check) check ;;
  test) run_tests ;;
  bench) bench "${@:2}" ;;
  soak) soak "${@:2}" ;;
  package) package ;;
  audit) audit ;;
  fuzz) fuzz "${2:-600}" ;;
  *) echo "$USAGE" >&2; exit 2 ;;
esac
