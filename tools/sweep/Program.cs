// Compares the float kernels with the C library's double functions at every float there is.
//   dotnet run -c Release --project tools/sweep [STRIDE [FUNCTION ...]]
// STRIDE 1 (the default) takes all 2^32 inputs; an odd stride takes one in STRIDE, spread over all exponents. One table line a function.
using System.Globalization;
using Logits.Sweep;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
uint stride = args.Length > 0 ? uint.Parse(args[0]) : 1;
foreach (var function in Functions.All.Where(function => args.Length < 2 || args.Skip(1).Contains(function.Name)))
{
    var worst = new Worst[Environment.ProcessorCount];
    Parallel.For(0, worst.Length, part => worst[part] = Sweep.Part(function, stride, part, worst.Length));
    Worst all = worst.Aggregate((a, b) => a.Merge(b));
    Console.WriteLine($"| {function.Name} | {all.Count:N0} | {all.Ulps:F3} | {all.At:R} | {all.Result:R} | {100.0 * all.Rounded / all.Count:F3} % | {all.Wrong} |");
}
