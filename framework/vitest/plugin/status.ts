/** What a refused run is answered with: asked for wrongly, or not possible just now. */
export const STATUS = { wrong: 400, busy: 409 } as const;
