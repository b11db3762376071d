/** The decisions on which safety rests, apart from the handlers so that a mutant can break one of them and no other. */
export interface Rules {
  /** How many blocks of an open extent are acknowledged, by the lengths of all its replicas on disk (§4.3.1): all have them. */
  acknowledged(lengths: readonly number[]): number;

  /** Whether a replica takes blocks: not once it has told the stream manager its length (§4.3.2). */
  takesBlocks(replica: { readonly promised: boolean; readonly sealed: boolean }): boolean;

  /** How long a sealed extent is at a replica that was not asked (§4.3.2): as everywhere, whatever it has. */
  forcedLength(replica: { readonly own: number; readonly sealed: number }): number;

  /**
   * The commit length of the last extent of a stream that is loaded (§4.3.3), by the lengths that have been told, of
   * `replicas` in all; null if it has to be sealed first, undefined if it takes more answers.
   */
  commitLength(answers: readonly number[], replicas: number): number | null | undefined;
}

export const rules: Rules = {
  acknowledged: (lengths) => Math.min(...lengths),
  takesBlocks: ({ promised, sealed }) => !promised && !sealed,
  forcedLength: ({ sealed }) => sealed,
  commitLength(answers, replicas) {
    const [first] = answers;
    if (answers.some((one) => one !== first)) return null;
    return answers.length === replicas ? first : undefined;
  },
};
