using Logits.TrainDigits;

// Makes the built-in sample again, the same bytes on every machine:
//   dotnet run -c Release --project tools/train-digits -- src/Logits.Cli/Samples
// The folder holds digits.csv; digits-validation.csv and digits-test.csv are written beside it.
string folder = args.Length > 0 ? args[0] : ".";
using var reader = new StreamReader(Path.Combine(folder, "digits.csv"));
foreach (var (file, text) in Training.Run(Digits.Read(reader), Console.Error))
    File.WriteAllText(Path.Combine(folder, file), text);
