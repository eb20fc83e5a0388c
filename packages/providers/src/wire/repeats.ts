/**
 * Finds pieces of a stream that were sent twice. An id that came before is a repeat for sure. The same bytes twice in a row are not, since
 * a model may say the same word again; they become one only when more pieces came than the vendor counts tokens, each piece being one at least.
 */
export function repeats(): {
  /** True for a piece that is certainly a repeat and is to be left out. */
  readonly isRepeat: (data: string, id: string | undefined) => boolean;
  /** True when, by the vendor's own count of tokens, pieces were sent twice. */
  readonly tooMany: (outputTokens: number) => boolean;
} {
  let last = "";
  let lastId: string | undefined;
  let pieces = 0;
  let suspects = 0;
  return {
    isRepeat(data, id) {
      const same = data === last;
      if (same && id !== undefined && id === lastId) return true;
      pieces++;
      if (same) suspects++;
      last = data;
      lastId = id;
      return false;
    },
    tooMany(outputTokens) {
      const excess = pieces - outputTokens;
      return outputTokens > 0 && excess > 0 && excess <= suspects;
    },
  };
}
