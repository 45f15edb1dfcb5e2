import { string } from '@oclif/core/args';
import { EgressCommand } from '../cli/base-command.js';
import { completionScript, SHELLS, type Shell } from '../cli/completion-script.js';

export default class Completion extends EgressCommand {
  static override summary = 'Print the completion of command lines for bash or zsh.';
  static override description =
    'bash: put this line into ~/.bashrc\n' +
    '  source <(egress completion bash)\n' +
    'zsh: put this line into ~/.zshrc, after compinit\n' +
    '  source <(egress completion zsh)\n' +
    'For everybody on a machine, and without starting egress with each shell, keep what it prints as a file:\n' +
    '  egress completion bash > /usr/share/bash-completion/completions/egress\n' +
    '  egress completion zsh > /usr/share/zsh/site-functions/_egress\n' +
    'It writes nothing itself. What stands after -- is completed as it is without egress.';

  static override examples = ['<%= config.bin %> completion bash', '<%= config.bin %> completion zsh'];
  static override enableJsonFlag = false;
  static override args = { shell: string({ description: 'For which shell', options: [...SHELLS], required: true }) };

  async run(): Promise<void> {
    const { args } = await this.parse(Completion);
    process.stdout.write(completionScript(args.shell as Shell, this.config.commands));
  }
}
