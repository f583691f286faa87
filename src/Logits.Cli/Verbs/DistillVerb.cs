using System.CommandLine;
using Logits.Cli.Inputs;
using Logits.Cli.Reports;
using Logits.Formats;
using Logits.Metrics;
using Logits.Students;

namespace Logits.Cli.Verbs;

/// <summary><c>logits distill</c>: a small student learns from a teacher's logits, beside one that learns from labels alone.</summary>
static class DistillVerb
{
    const int SamplePerClass = 10;
    const ulong SplitSeed = 12345, DrawSeed = 1000;

    const string Example = """
        $ logits distill --features x.npy --teacher-logits teacher.npy --labels y.npy --temperature 4 --alpha 0.9 --save student.json
        """;

    public static Command Command(Terminal terminal)
    {
        var verb = new VerbCommand("distill", "Train a student on a teacher's logits, and show the gain over hard labels; without files on the built-in digits", Example);
        var features = Choices.Text("--features", "FILE", "Features, rows x numbers: .npy, .csv, …");
        var teacher = Choices.Text("--teacher-logits", "FILE", "The teacher's logits for the same rows");
        var labels = Choices.Text("--labels", "FILE", "The labels of the same rows");
        var temperature = Choices.Number("--temperature", "T", 4, t => t > 0 && double.IsFinite(t), "a number above 0", "T of the distillation loss");
        var alpha = Choices.Number("--alpha", "A", 0.9, a => a is >= 0 and <= 1, "a number from 0 to 1", "Share of the teacher in the loss; the rest are the labels");
        var c = Choices.Number("--c", "C", 10, value => value > 0 && double.IsFinite(value), "a number above 0", "The larger, the weaker the penalty of the linear student");
        var hidden = Choices.Count("--hidden", "N", 0, 0, "Hidden units of the student; 0 is a linear student");
        var perClass = Choices.CountIfGiven("--per-class", "M", 1, "Transfer rows of each class (the sample: 10; files: all that are not held out)");
        var draws = Choices.Count("--draws", "N", 20, 0, "Repeat with other transfer rows for the standard error of the gain; needs --per-class");
        var holdOut = Choices.Number("--hold-out", "SHARE", 1 / 3.0, s => s is > 0 and < 1, "a number between 0 and 1", "Share of the rows that judge");
        var seed = Choices.Seed("--seed", 1, "Decides which rows are taken, and the network's start");
        var save = Choices.Text("--save", "model.json", "Write the student");
        var report = Choices.Text("--report", "FILE.html", "Write a self-contained page with the plots");
        var json = Choices.Flag("--json", "Print one JSON object");
        foreach (var option in (ReadOnlySpan<Option>)[features, teacher, labels, temperature, alpha, c, hidden, perClass, draws, holdOut, seed, save, report, json])
            verb.Add(option);

        verb.SetAction(result =>
        {
            string?[] files = [result.GetValue(features), result.GetValue(teacher), result.GetValue(labels)];
            bool isSample = files.All(file => file is null);
            if (!isSample && files.Any(file => file is null))
                throw new RequestException("distill needs --features, --teacher-logits and --labels together, or none of them for the built-in digits");
            if (result.GetValue(hidden) > 0 && IsGiven(result, c))
                throw new RequestException("--c is the linear student's; with --hidden there is no such penalty");
            if (!isSample && result.GetValue(perClass) is null && IsGiven(result, draws))
                throw new RequestException("--draws repeats the choice of the transfer rows; it needs --per-class M");
            using var saved = result.GetValue(save) is { } path ? new PendingFile(path) : null;
            using var page = result.GetValue(report) is { } file ? new PendingFile(file) : null;

            var all = isSample ? Digits() : Read(files[0]!, files[1]!, files[2]!);
            int[] order = GainStudy.Permutation(all.Rows, SplitSeed);
            int held = Math.Clamp((int)Math.Round(all.Rows * result.GetValue(holdOut)), 1, all.Rows - 1);
            var (pool, test) = (all.Select(order.AsSpan(0, all.Rows - held)), all.Select(order.AsSpan(all.Rows - held)));
            int? few = result.GetValue(perClass) ?? (isSample ? SamplePerClass : null);
            var recipe = new Recipe(result.GetValue(temperature), result.GetValue(alpha), result.GetValue(c), result.GetValue(hidden), result.GetValue(seed));

            TransferSet Transfer(int draw) => few is { } m ? pool.Select(GainStudy.FewPerClass(pool, m, DrawSeed + recipe.Seed + (ulong)draw)) : pool;
            var set = Transfer(0);
            var (student, hard) = (recipe.Soft(set), recipe.Hard(set));
            var outcome = new Distilled(Judge(student, test), Judge(hard, test), Evaluation.Of(test.TeacherLogits, test.Labels))
            {
                TransferRows = set.Rows,
                Repeated = few is null ? null : Repeat(terminal, result.GetValue(draws), draw => (recipe.Soft(Transfer(draw)), recipe.Hard(Transfer(draw))), test),
            };

            if (result.GetValue(json))
                JsonText.Write(terminal, writer =>
                {
                    EvaluationText.WriteObject(writer, "student", outcome.Student);
                    EvaluationText.WriteObject(writer, "hard_label_student", outcome.Hard);
                    EvaluationText.WriteObject(writer, "teacher", outcome.Teacher);
                    writer.WriteStartObject("gain");
                    writer.Number("accuracy", outcome.Student.Accuracy - outcome.Hard.Accuracy);
                    writer.Number("nll", outcome.Hard.NegativeLogLikelihood - outcome.Student.NegativeLogLikelihood);
                    writer.WriteEndObject();
                    if (outcome.Repeated is { } repeated)
                    {
                        writer.WriteStartObject("repeated_draws");
                        writer.WriteNumber("draws", repeated.Draws.Count);
                        writer.Number("accuracy_gain", repeated.Gain);
                        writer.Number("accuracy_gain_std_error", repeated.StandardError);
                        writer.WriteNumber("wins", repeated.Wins);
                        writer.WriteEndObject();
                    }
                });
            else
                WriteText(terminal, outcome, recipe);
            if (isSample)
                terminal.Note("these are the UCI handwritten digits with the stored logits of a teacher, an ensemble of five networks. Your own: logits distill --features F --teacher-logits F --labels F");
            saved?.Finish(ModelFile.ToUtf8(student), terminal);
            page?.Finish(DistillationReport.Write(outcome.InWords(recipe), outcome.Hard, outcome.Student, outcome.Teacher, outcome.Repeated, CommandLine.Of(result)), terminal);
            return ExitCode.Done;
        });
        return verb;
    }

    static bool IsGiven(ParseResult result, Option option) => result.GetResult(option) is { Implicit: false };

    /// <summary>How students are trained.</summary>
    sealed record Recipe(double Temperature, double Alpha, double C, int Hidden, ulong Seed)
    {
        public Student Soft(TransferSet set) => Fit(set, Temperature, Alpha, C);

        /// <summary>The rival: labels alone, with the C that does best on folds of the transfer rows, so that it is not held back by ours.</summary>
        public Student Hard(TransferSet set) => Fit(set, 1, 0, Hidden > 0 ? C : StudentChoice.Of(set, Fit, [1], [0], folds: 3).C);

        Student Fit(TransferSet set, double temperature, double alpha, double c) =>
            Hidden == 0 ? LinearStudent.Fit(set, temperature, alpha, c) : MlpStudent.Fit(set, temperature, alpha, new() { Hidden = Hidden, Seed = Seed });
    }

    /// <summary>The three that are compared on the same rows.</summary>
    sealed record Distilled(Evaluation Student, Evaluation Hard, Evaluation Teacher)
    {
        public required int TransferRows { get; init; }

        public required GainStudy? Repeated { get; init; }

        public string InWords(Recipe recipe) =>
            $"{(recipe.Hidden == 0 ? "Linear students" : $"Students with {recipe.Hidden} hidden units")} learned from {Show.Count(TransferRows)} rows (T = {recipe.Temperature}, α = {recipe.Alpha}), judged on {Show.Count(Student.Rows)} rows they did not see.";
    }

    static Evaluation Judge(Student student, TransferSet test) => Evaluation.Of(student.Logits(test.Features).AsLogits(test.Classes), test.Labels);

    static GainStudy? Repeat(Terminal terminal, int draws, Func<int, (Student Soft, Student Hard)> train, TransferSet test) =>
        draws == 0 ? null : ProgressBar.Show(terminal, "repeated draws", progress =>
        {
            var results = new List<GainDraw>();
            for (int draw = 0; draw < draws; draw++)
            {
                terminal.Interrupted.ThrowIfCancellationRequested();
                var (soft, hard) = train(draw);
                var (s, h) = (soft.Evaluate(test), hard.Evaluate(test));
                results.Add(new(h.Accuracy, s.Accuracy, h.LogLoss, s.LogLoss));
                progress?.Report((draw + 1.0) / draws);
            }
            return new GainStudy(results);
        });

    static void WriteText(Terminal terminal, Distilled outcome, Recipe recipe)
    {
        terminal.WriteWrapped(outcome.InWords(recipe));
        EvaluationText.WriteTable(terminal, [("labels alone", outcome.Hard), ("distilled", outcome.Student), ("teacher", outcome.Teacher)]);
        terminal.WriteWrapped($"Distillation moves the accuracy from {Show.Percent(outcome.Hard.Accuracy)} to {Show.Percent(outcome.Student.Accuracy)} and the NLL from {Show.Nats(outcome.Hard.NegativeLogLikelihood)} to {Show.Nats(outcome.Student.NegativeLogLikelihood)}.");
        if (outcome.Repeated is { } repeated)
            terminal.WriteWrapped($"Over {repeated.Draws.Count} draws of the transfer rows the gain in accuracy is {100 * repeated.Gain:0.00} ± {100 * repeated.StandardError:0.00} points (mean ± standard error); the distilled student won {repeated.Wins} of them.");
    }

    static TransferSet Digits()
    {
        double[][] pixels = Sample.Table("digits.csv", header: true), teacher = Sample.Table("digits-teacher.csv", header: false);
        int width = pixels[0].Length - 1;
        // Gray levels are 0 to 16.
        return new([.. pixels.SelectMany(row => row[..width].Select(level => level / 16))], width, teacher.SelectMany(row => row).ToArray().AsLogits(teacher[0].Length), [.. pixels.Select(row => (int)row[width])]);
    }

    static TransferSet Read(string features, string teacher, string labels)
    {
        var (x, width, _) = Rows(features);
        var (z, classes, names) = Rows(teacher);
        int[] y = LabelFile.Read(labels, classes, names);
        int rows = x.Length / width;
        if (z.Length / classes != rows || y.Length != rows)
            throw new RequestException($"{features}: has {rows} rows, {teacher} {z.Length / classes} and {labels} {y.Length}; they describe the same rows");
        if (rows < 3)
            throw new RequestException($"{features}: has {rows} rows; 3 are the least to learn from and to judge by");
        return new(x, width, z.AsLogits(classes), y);
    }

    static (double[] Values, int Width, IReadOnlyList<string>? Names) Rows(string path)
    {
        using var reader = ScoreFile.Open(path);
        var all = new List<double>();
        var block = new double[reader.Classes * Math.Max(1, 65536 / reader.Classes)];
        for (int count; (count = reader.Read(block)) > 0;)
            all.AddRange(block.AsSpan(0, count * reader.Classes));
        int bad = all.FindIndex(value => !double.IsFinite(value));
        if (bad >= 0)
            throw new RequestException($"{path}: row {bad / reader.Classes}: value {bad % reader.Classes} is {all[bad]}; it is finite");
        return ([.. all], reader.Classes, reader.ClassNames);
    }
}
