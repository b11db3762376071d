/**
 * What `faultline completion` prints: for each shell a few lines that ask `faultline complete` what could come next, so that
 * they never go stale. The words typed so far are passed on, the last one being that under the cursor; the answer has a line
 * for each candidate, the word and what it means with a tab between. No answer: the shell completes names of files.
 */
import { UsageError } from './usage-error.js';

const BASH = `# bash completion of faultline: source <(faultline completion bash)
_faultline() {
  local IFS=$'\\n' word candidate
  COMPREPLY=()
  # Bash has split words at = and :, and replaces only what came after.
  local typed="\${COMP_LINE:0:COMP_POINT}" before=''
  local last="\${typed##*[[:space:]]}"
  local current="\${COMP_WORDS[COMP_CWORD]}"
  [[ "$current" == '=' ]] && current=''
  [[ "$last" == *"$current" ]] && before="\${last%"$current"}"
  local -a words
  IFS=$' \\t\\n' read -ra words <<< "$typed"
  [[ -z "$last" ]] && words+=('')
  while IFS=$'\\t' read -r candidate word; do
    COMPREPLY+=("\${candidate#"$before"}")
  done < <("\${words[0]}" complete -- "\${words[@]:1}" 2>/dev/null)
}
complete -o bashdefault -o default -F _faultline faultline
`;

const ZSH = `#compdef faultline
# zsh completion of faultline: source <(faultline completion zsh), after compinit
_faultline() {
  local line
  local -a candidates
  while IFS= read -r line; do
    line=\${line%$'\\t'}
    candidates+=("\${\${line//:/\\\\:}/$'\\t'/:}")
  done < <("\${words[1]}" complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#candidates} )); then
    _describe 'faultline' candidates
  else
    _files
  fi
}
if [[ "\${funcstack[1]}" == '_faultline' ]]; then
  _faultline "$@"
else
  compdef _faultline faultline
fi
`;

const FISH = `# fish completion of faultline: faultline completion fish > ~/.config/fish/completions/faultline.fish
function __faultline_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l candidates ($words[1] complete -- $words[2..-1] "$current" 2>/dev/null)
    if test (count $candidates) -gt 0
        printf '%s\\n' $candidates
    else
        __fish_complete_path "$current"
    end
end
complete -c faultline -f -a '(__faultline_complete)'
`;

const SCRIPTS: Readonly<Record<string, string>> = { bash: BASH, zsh: ZSH, fish: FISH };

export const SHELLS = Object.keys(SCRIPTS);

export function completionScript(shell: string): string {
  const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
  if (script === undefined)
    throw new UsageError(`no completions for '${shell}'; there are some for ${SHELLS.join(', ')}`);
  return script;
}
