/** Annotations as GitHub Actions reads them from a step's output: `::error file=…,line=…,title=…::message`. */
import type { CampaignReport, SourceSite } from './campaign-report.js';
import { labelOf, linesOfCheck } from './campaign-report.js';

export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly title: string;
  readonly message: string;
  readonly site: SourceSite | null;
}

const escapeData = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const escapeProperty = (text: string): string => escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

/** One line, without the newline that must precede and end it. */
export function workflowCommand({ level, title, message, site }: Annotation): string {
  const place = site === null ? [] : [`file=${escapeProperty(site.file)}`, `line=${site.line}`];
  return `::${level} ${[...place, `title=${escapeProperty(title)}`].join(',')}::${escapeData(message)}`;
}

/** What is wrong, each at the place where what was promised is declared. GitHub shows the first ten of each level. */
export function annotationsOf({ checks, targets }: CampaignReport): Annotation[] {
  return [
    ...checks.flatMap((check): Annotation[] => {
      const { suite, name, problem, site, failure } = check;
      if (problem === null) return [];
      const message = [...linesOfCheck(check), ...(failure === null ? [] : [`replay: ${failure.replay}`])].join('\n');
      return [{ level: 'error', title: `${suite}: ${name}`, message, site }];
    }),
    ...targets.flatMap((target): Annotation[] => {
      const { findings, expected, divergences, reason, site } = target;
      const label = labelOf(target);
      const broken = (expected === null ? findings : []).map((finding): Annotation => ({
        level: 'error',
        title: `${label}: ${finding.promise}`,
        message: `${finding.explanation}\nseed ${finding.seed}, size ${finding.size}; replay: ${finding.replay}`,
        site: finding.site ?? site,
      }));
      const unrepeated = `${divergences} seeds were not repeated by the same steps`;
      return [
        ...broken,
        ...(divergences > 0 ? [{ level: 'error', title: label, message: unrepeated, site } as const] : []),
        ...(reason === null
          ? []
          : [{ level: 'warning', title: `${label} is inconclusive`, message: reason, site } as const]),
      ];
    }),
  ];
}
