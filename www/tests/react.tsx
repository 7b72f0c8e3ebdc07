// What a stranger writes in TSX against the package, with React 18's types and with React 19's. It is compiled, and never runs.
import { useRef, useState } from "react";
import type { DiffusionSampler, SamplerAttributes, SamplerEventMap } from "unnoise/react";
import "unnoise/react";

const look: SamplerAttributes = { controls: "minimal", "sigma-clip": 2, loop: true };

export function Demo({ seed, labels }: { seed?: number; labels: (string | number)[] }) {
  const sampler = useRef<DiffusionSampler>(null);
  const [drawn, setDrawn] = useState(0);
  const failed = (event: SamplerEventMap["error"]) => console.error(event.detail.code.toUpperCase());
  return (
    <figure>
      <diffusion-sampler
        ref={sampler}
        key={seed}
        className="live"
        style={{ width: "20rem" }}
        model="/models/fashion-mnist/"
        {...look}
        steps={25}
        seed={seed}
        labels={labels}
        autoplay
        start={{ x: new Float32Array(784), t: 500 }}
        known="shoe.png"
        known-method="repaint"
        onstep={({ detail }) => console.log(detail.step.index, detail.backend.kind)}
        oncomplete={({ detail }) => setDrawn(detail.seed)}
        onerror={failed}
      >
        <img slot="poster" alt="a bag" src="bag.png" />
      </diffusion-sampler>
      <figcaption>{drawn}</figcaption>
    </figure>
  );
}

export const refused = [
  // @ts-expect-error an attribute that there is not
  <diffusion-sampler key={0} sedd={7} />,
  // @ts-expect-error a switch is no text: React 19 takes an empty one for off
  <diffusion-sampler key={1} autoplay="" />,
  // @ts-expect-error a start without its timestep
  <diffusion-sampler key={3} start={{ x: [0] }} />,
  // @ts-expect-error a detail that there is not
  <diffusion-sampler key={2} oncomplete={({ detail }) => detail.sedd} />,
];
