export const panelPage = (token: string): string => token;
