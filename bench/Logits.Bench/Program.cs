using Logits.Bench;
using Logits.Bench.Numerics;

if (args is [ColdStart.Switch, var subject]) return ColdStart.Measure(subject);

// bench/run [AREA ...]; without an area: all of them. An area may be several classes; each is an IArea.
IArea[] areas = typeof(IArea).Assembly.GetTypes()
    .Where(type => type is { IsAbstract: false } && type.IsAssignableTo(typeof(IArea)))
    .OrderBy(type => type.FullName, StringComparer.Ordinal)
    .Select(type => (IArea)Activator.CreateInstance(type)!)
    .ToArray();

string[] known = areas.Select(area => area.Name).Distinct().ToArray();
foreach (string asked in args)
{
    if (known.Contains(asked)) continue;
    Console.Error.WriteLine($"error: area {asked} is unknown; the areas are {string.Join(", ", known)}");
    return 2;
}

Console.Error.WriteLine(Machine.Describe());
foreach (IArea area in areas.Where(area => args.Length == 0 || args.Contains(area.Name)))
    area.Run();
return 0;
