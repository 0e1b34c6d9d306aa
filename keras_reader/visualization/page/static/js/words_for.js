// Numbers in words and digits.

// A probability in percent, rounded down, so that only certainty is 100%.
export function percent(probability) {
  const tenths = Math.floor(probability * 1000 + 1e-9);
  if (tenths >= 1000) return "100%";
  if (tenths === 0 && probability > 0) return "<0.1%";
  return `${(tenths / 10).toFixed(1)}%`;
}

// What a confidence means, in a plain sentence.
export function sentenceFor(confidence) {
  if (confidence >= 0.99995) return "Sure of it: right more than 9,999 times in 10,000.";
  for (const [limit, times, written] of [
    [0.9995, 10000, "10,000"],
    [0.995, 1000, "1,000"],
  ]) {
    if (confidence >= limit) {
      return `Sure of it: right about ${Math.round(confidence * times).toLocaleString("en")} times in ${written}.`;
    }
  }
  const times = Math.round(confidence * 100);
  if (times < 1) return "A mere guess: right less than once in 100 times.";
  const mood = times >= 90 ? "Fairly sure" : times >= 60 ? "Not too sure" : "Doubtful";
  return times === 1 ? `${mood}: right about once in 100 times.` : `${mood}: right about ${times} times in 100.`;
}

// How long something took.
export function duration(milliseconds) {
  return milliseconds < 9.95 ? `${milliseconds.toFixed(1)} ms` : `${Math.round(milliseconds)} ms`;
}

// A difference of probabilities: exact zero is told from a small one.
export function difference(value) {
  if (value === 0) return "0";
  return value >= 0.001 ? value.toFixed(3) : value.toExponential(0);
}
