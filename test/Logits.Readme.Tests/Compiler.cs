using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Logits.Readme.Tests;

/// <summary>Compiles programs as a user's project would: top-level statements, implicit usings, the public API of Logits and nothing else.</summary>
static class Compiler
{
    const string Usings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    static readonly MetadataReference[] References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is { } name && (name.StartsWith("System.", StringComparison.Ordinal) || name is "mscorlib.dll" or "netstandard.dll" or "Logits.dll"))
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    public static CSharpCompilation Compile(string program, string path = "Program.cs")
    {
        var options = new CSharpParseOptions(LanguageVersion.Latest);
        return CSharpCompilation.Create(
            "Snippet" + Guid.NewGuid().ToString("N"),
            [CSharpSyntaxTree.ParseText(Usings, options), CSharpSyntaxTree.ParseText(program, options, path)],
            References,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable, allowUnsafe: true));
    }

    /// <summary>The errors of a program, one a line, with their ids; empty when it compiles.</summary>
    public static string[] Errors(string program) =>
        [.. Compile(program).GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error).Select(d => d.ToString())];

    /// <summary>Runs a program and returns what it printed.</summary>
    public static string Run(string program, string path)
    {
        using var image = new MemoryStream();
        var result = Compile(program, path).Emit(image);
        Assert.True(result.Success, $"{path} does not compile:\n{string.Join('\n', result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error))}\n\n{program}");

        image.Position = 0;
        var context = new AssemblyLoadContext(path, isCollectible: true);
        TextWriter console = Console.Out;
        using var printed = new StringWriter { NewLine = "\n" };
        Console.SetOut(printed);
        try
        {
            MethodInfo main = context.LoadFromStream(image).EntryPoint!;
            object? returned = main.Invoke(null, main.GetParameters().Length == 0 ? null : [Array.Empty<string>()]);
            if (returned is Task task) task.GetAwaiter().GetResult();
        }
        finally
        {
            Console.SetOut(console);
            context.Unload();
        }
        return printed.ToString();
    }
}
