namespace Logits.Readme.Tests;

/// <summary>Every program in <c>samples/</c> compiles against the public API and runs.</summary>
[Collection("console")]
public class SampleTests
{
    [Theory]
    [MemberData(nameof(Samples))]
    public void Runs(string file)
    {
        // The lines #:project and #:property speak to dotnet run; here the library is referenced already.
        string program = string.Join('\n', File.ReadLines(Path.Combine(Repository.Root, "samples", file)).Select(line => line.StartsWith("#:", StringComparison.Ordinal) ? "" : line));
        Assert.NotEqual("", Compiler.Run(program, file).Trim());
    }

    public static TheoryData<string> Samples() => [.. Directory.GetFiles(Path.Combine(Repository.Root, "samples"), "*.cs").Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];
}
