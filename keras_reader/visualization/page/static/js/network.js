// ONNX Runtime Web with one of the page's ONNX files.

import { assetAddress, assetBytes } from "./assets.js";

let runtime = null;

async function startRuntime() {
  if (typeof WebAssembly !== "object") {
    throw new Error("This browser has no WebAssembly, which the network runs on. Any browser from 2021 on has it.");
  }
  const [script, wasm] = await Promise.all([
    assetAddress("ort.wasm.bundle.min.mjs", "text/javascript"),
    assetAddress("ort-wasm-simd-threaded.wasm", "application/wasm"),
  ]);
  const ort = await import(script);
  // One thread needs none of the headers that a server would have to send for more.
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = { wasm };
  ort.env.logLevel = "error";
  return ort;
}

// A function that runs an ONNX file: it takes inputs as [type, values, dimensions] and gives {values, dimensions}.
export async function loadNetwork(name) {
  runtime ??= startRuntime();
  const [ort, file] = await Promise.all([runtime, assetBytes(name)]);
  const session = await ort.InferenceSession.create(file, { executionProviders: ["wasm"] });
  // A session runs one thing at a time.
  let last = Promise.resolve();
  return (inputs) => {
    const tensors = Object.fromEntries(
      Object.entries(inputs).map(([input, [type, values, dimensions]]) => [
        input,
        new ort.Tensor(type, values, dimensions),
      ]),
    );
    const run = last.then(() => session.run(tensors));
    last = run.catch(() => {});
    return run.then((outputs) =>
      Object.fromEntries(
        Object.entries(outputs).map(([output, tensor]) => [output, { values: tensor.data, dimensions: tensor.dims }]),
      ),
    );
  };
}
