namespace Logits.Readme.Tests;

/// <summary>Tests that redirect the console run one after the other.</summary>
[CollectionDefinition("console", DisableParallelization = true)]
public sealed class OneConsole;
