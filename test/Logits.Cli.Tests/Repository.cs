using System.Reflection;

namespace Logits.Cli.Tests;

/// <summary>Where files of this checkout, and of the material beside it, are found.</summary>
static class Repository
{
    public static string Root { get; } = typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .First(attribute => attribute.Key == "RepositoryRoot").Value!;

    public static string Path(params string[] parts) => System.IO.Path.Combine([Root, .. parts]);

    /// <summary>A path in the <c>shared</c> folder that may stand beside the checkout; users do not have it.</summary>
    public static string Shared(params string[] parts) => System.IO.Path.GetFullPath(System.IO.Path.Combine([Root, "..", "shared", .. parts]));
}
