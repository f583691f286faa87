using System.Reflection;

namespace Logits.Readme.Tests;

/// <summary>Where the files of this checkout are.</summary>
static class Repository
{
    public static string Root { get; } = typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .First(attribute => attribute.Key == "RepositoryRoot").Value!;
}
