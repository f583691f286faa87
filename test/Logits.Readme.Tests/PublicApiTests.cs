using System.Reflection;
using System.Text;

namespace Logits.Readme.Tests;

/// <summary>The public API as a text file: every change to it shows in the diff.</summary>
public class PublicApiTests
{
    [Fact]
    public void IsWhatTheFileSays()
    {
        string path = Path.Combine(Repository.Root, "test", "Logits.Readme.Tests", "PublicApi.txt");
        string now = Describe(typeof(LogMath).Assembly);
        if (Environment.GetEnvironmentVariable("LOGITS_ACCEPT_API") == "1") File.WriteAllText(path, now);

        string[] expected = File.Exists(path) ? File.ReadAllText(path).ReplaceLineEndings("\n").Split('\n') : [], actual = now.Split('\n');
        string[] gone = [.. expected.Except(actual)], added = [.. actual.Except(expected)];
        Assert.True(gone.Length + added.Length == 0,
            $"The public API changed. If that is meant, run the tests once with LOGITS_ACCEPT_API=1 and commit PublicApi.txt.\n{string.Join('\n', gone.Select(line => "- " + line).Concat(added.Select(line => "+ " + line)))}");
    }

    static string Describe(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (var group in assembly.GetExportedTypes().GroupBy(type => type.Namespace!).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            text.Append("namespace ").Append(group.Key).Append('\n');
            foreach (var type in group.OrderBy(Name, StringComparer.Ordinal))
            {
                text.Append("  ").Append(Kind(type)).Append(' ').Append(Name(type)).Append(Bases(type)).Append('\n');
                foreach (string member in Members(type).Distinct().Order(StringComparer.Ordinal)) text.Append("    ").Append(Name(type)).Append(": ").Append(member).Append('\n');
            }
        }
        return text.ToString();
    }

    static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum) return Enum.GetNames(type);
        const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        // What a record has because it is one would only repeat its parameters.
        bool record = type.GetMethod("<Clone>$", Declared) is not null;
        return type.GetMembers(Declared).Where(Visible).Where(member => !(record && member.Name is "ToString" or "GetHashCode" or "Equals" or "PrintMembers" or "EqualityContract" or "Deconstruct" or "<Clone>$" or "op_Equality" or "op_Inequality"))
            .Select(Signature).OfType<string>();
    }

    static bool Visible(MemberInfo member) => member switch
    {
        MethodBase method => (method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly) && !(method is MethodInfo && method.IsSpecialName && !method.Name.StartsWith("op_", StringComparison.Ordinal)),
        PropertyInfo property => property.GetAccessors(nonPublic: true).Any(accessor => accessor.IsPublic || accessor.IsFamily),
        FieldInfo field => field.IsPublic || field.IsFamily,
        EventInfo => true,
        _ => false,
    };

    static string? Signature(MemberInfo member) => member switch
    {
        ConstructorInfo constructor => $"new({Parameters(constructor)})",
        MethodInfo method => $"{(method.IsStatic ? "static " : "")}{Name(method.ReturnType)} {method.Name}{Arguments(method)}({Parameters(method)})",
        PropertyInfo property => $"{(property.GetAccessors(true)[0].IsStatic ? "static " : "")}{Name(property.PropertyType)} {property.Name} {{ {(property.CanRead ? "get; " : "")}{(property.SetMethod is { IsPublic: true } set ? set.ReturnParameter.GetRequiredCustomModifiers().Length > 0 ? "init; " : "set; " : "")}}}",
        FieldInfo field => $"{(field.IsStatic ? "static " : "")}{Name(field.FieldType)} {field.Name}",
        _ => null,
    };

    static string Arguments(MethodInfo method) => method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(argument => argument.Name))}>" : "";

    static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter => $"{(parameter.IsOut ? "out " : parameter.IsIn ? "in " : parameter.ParameterType.IsByRef ? "ref " : "")}{Name(parameter.ParameterType)} {parameter.Name}{(parameter.HasDefaultValue ? " = …" : "")}"));

    static string Kind(Type type) => type.IsEnum ? "enum" : type.IsInterface ? "interface" : type.IsSubclassOf(typeof(Delegate)) ? "delegate"
        : type.IsValueType ? type.IsByRefLike ? "ref struct" : "struct" : type.IsAbstract && type.IsSealed ? "static class" : type.IsAbstract ? "abstract class" : "class";

    static string Bases(Type type)
    {
        var bases = new List<string>();
        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType) && parent != typeof(Enum) && parent != typeof(MulticastDelegate)) bases.Add(Name(parent));
        bases.AddRange(type.GetInterfaces().Where(contract => contract.Namespace!.StartsWith("Logits", StringComparison.Ordinal)).Select(Name).Order(StringComparer.Ordinal));
        return bases.Count == 0 ? "" : " : " + string.Join(", ", bases);
    }

    static string Name(Type type)
    {
        if (type.IsByRef) return Name(type.GetElementType()!);
        if (type.IsArray) return Name(type.GetElementType()!) + "[" + new string(',', type.GetArrayRank() - 1) + "]";
        if (Nullable.GetUnderlyingType(type) is { } underlying) return Name(underlying) + "?";
        string name = type.IsNested && !type.IsGenericParameter ? Name(type.DeclaringType!) + "." + type.Name : type.Name;
        int tick = name.IndexOf('`', StringComparison.Ordinal);
        if (tick >= 0) name = $"{name[..tick]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>";
        return name switch { "Single" => "float", "Double" => "double", "Int32" => "int", "Int64" => "long", "UInt64" => "ulong", "Boolean" => "bool", "String" => "string", "Void" => "void", "Byte" => "byte", "Object" => "object", _ => name };
    }
}
