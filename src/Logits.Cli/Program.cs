using Logits.Cli;

using var console = Terminal.ForProcess();
return App.Run(args, console);
