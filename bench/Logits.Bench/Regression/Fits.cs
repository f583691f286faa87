using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Logits.Regression;

namespace Logits.Bench.Regression;

/// <summary>Whole fits on the five problems: ours with a proven gap of 1e-9, beside scikit-learn, statsmodels and R where they are installed.</summary>
/// <remarks><c>LOGITS_BENCH_PROBLEMS=a,b</c> runs some of them; <c>LOGITS_BENCH_PATHS=1</c> adds lasso paths, <c>LOGITS_BENCH_PATHS=only</c> runs nothing else.</remarks>
sealed class Fits : IArea
{
    const double Gap = 1e-9;

    /// <summary>For paths; the gaps that glmnet leaves at its default threshold are larger.</summary>
    const double PathGap = 1e-7;

    public string Name => "regression";

    public void Run()
    {
        string[] chosen = Environment.GetEnvironmentVariable("LOGITS_BENCH_PROBLEMS")?.Split(',') ?? ["a", "as", "b", "c", "d"];
        string folder = Directory.CreateTempSubdirectory("logits-bench").FullName;
        using var python = PythonPeers.Start("regression");
        var r = RPeers.Find();
        try
        {
            foreach (string name in chosen)
            {
                if (name == "d")
                    Sparse(SpeedProblems.D(), folder, python, r);
                else
                    Dense(name switch { "a" => SpeedProblems.A(), "as" => SpeedProblems.As(), "b" => SpeedProblems.B(), _ => SpeedProblems.C() }, folder, python, r);
                foreach (string file in Directory.GetFiles(folder))
                    File.Delete(file);
            }
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    static void Dense(SpeedProblems.Dense problem, string folder, PythonPeers python, RPeers? r)
    {
        string x = Path.Combine(folder, "x.bin"), y = Path.Combine(folder, "y.bin");
        Write(x, MemoryMarshal.AsBytes<double>(problem.X));
        Write(y, MemoryMarshal.AsBytes<int>(problem.Y));
        (string, object)[] data = [("x", x), ("y", y), ("n", problem.N), ("p", problem.P)];
        var design = DesignMatrix.From(problem.X, problem.P);
        double[] binary = [.. problem.Y.Select(v => (double)v)];
        double lambda = 1.0 / problem.N;
        PenalizedFit Ours() => problem.K == 2
            ? new PenalizedLogit(new Ridge(lambda)) { GapTolerance = Gap }.Fit(new(design, Response.Binary(binary)))
            : new PenalizedMultinomial(new Ridge(lambda)) { GapTolerance = Gap }.Fit(new(design, Response.Classes(problem.Y)));
        string? paths = Environment.GetEnvironmentVariable("LOGITS_BENCH_PATHS");
        if (paths != "only")
            Whole();
        if (problem.Name is "a" or "b" && paths is "1" or "only")
        {
            PathOptions options = new() { StopAtSaturation = true, GapTolerance = PathGap };
            var points = RegularizationPath.Fit(new(design, Response.Binary(binary)), options).Points;
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"path {problem.Name}: {points.Count} λ, proven relative gaps at most {points.Max(point => point.GapBound / point.Objective):E1}"));
            var path = new Figure($"regression/{problem.Name}_lasso_path", "ms") { Rounds = 3, Turn = TimeSpan.FromMilliseconds(1) }
                .Ours(() => RegularizationPath.Fit(new(design, Response.Binary(binary)), options));
            if (r is not null)
                path.Peer("glmnet", _ => r.Run("lasso_path", x, y, problem.N, problem.P));
            path.Print();
        }

        void Whole()
        {
            var fit = Ours();
            Report(problem.Name, fit.ObjectiveValue, fit.Certificate.GapBound, fit.Iterations);
            var figure = new Figure($"regression/{problem.Name}_ridge", "ms") { Rounds = 5, Turn = TimeSpan.FromMilliseconds(1) }.Ours(() => Ours())
                .Peer(python, "sklearn", "lbfgs", data);
            if (problem.K == 2 && python.Has("sklearn"))
                figure.Peer("sklearn_newton", repeat => python.Run("sklearn", "newton_cholesky", repeat, data));
            figure.Print();

            if (problem.K == 2)
            {
                // Maximum likelihood with standard errors.
                var errors = new Figure($"regression/{problem.Name}_likelihood_with_errors", "ms") { Rounds = 3, Turn = TimeSpan.FromMilliseconds(1) }
                    .Ours(() => _ = new Binomial().Fit(new(design, Response.Binary(binary))).StandardError(1))
                    .Peer(python, "statsmodels", "logit", data);
                if (r is not null)
                    errors.Peer("R_glm", _ => r.Run("glm", x, y, problem.N, problem.P));
                errors.Print();
            }
        }
    }

    static void Sparse(SpeedProblems.Sparse problem, string folder, PythonPeers python, RPeers? r)
    {
        string starts = Path.Combine(folder, "starts.bin"), indices = Path.Combine(folder, "indices.bin"), values = Path.Combine(folder, "values.bin"), y = Path.Combine(folder, "y.bin");
        Write(starts, MemoryMarshal.AsBytes<long>(problem.Starts));
        Write(indices, MemoryMarshal.AsBytes<int>(problem.Indices));
        Write(values, MemoryMarshal.AsBytes<double>(problem.Values));
        Write(y, MemoryMarshal.AsBytes<int>(problem.Y));
        var matrix = SparseMatrix.FromRows(problem.P, problem.Starts, problem.Indices, problem.Values);
        double[] binary = [.. problem.Y.Select(v => (double)v)];
        SparseFit Ours() => SparseFit.Binary(matrix, binary, new Ridge(1.0 / problem.N), Gap);
        var fit = Ours();
        Report(problem.Name, fit.ObjectiveValue, fit.GapBound, fit.Iterations);
        var figure = new Figure($"regression/{problem.Name}_ridge", "ms") { Rounds = 3, Turn = TimeSpan.FromMilliseconds(1) }.Ours(() => Ours())
            .Peer(python, "sklearn", "sparse_lbfgs", ("starts", starts), ("indices", indices), ("values", values), ("y", y), ("n", problem.N), ("p", problem.P));
        if (r is not null)
            figure.Peer("glmnet", _ => r.Run("sparse_ridge", folder, y, problem.N, problem.P));
        figure.Print();
    }

    static void Report(string name, double objective, double bound, int iterations)
    {
        double optimum = SpeedProblems.Reference(name).GetProperty("objective_optimum").GetDouble();
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"problem {name}: objective {objective:R}, true relative gap {(objective - optimum) / optimum:E1}, proven {bound / optimum:E1}, {iterations} steps"));
    }

    static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        using var file = File.Create(path);
        file.Write(bytes);
    }
}

/// <summary>R, for glm.fit and glmnet: a process a measurement, which reports its own CPU time of the fit alone.</summary>
sealed class RPeers
{
    readonly string _script;

    RPeers(string script) => _script = script;

    public static RPeers? Find()
    {
        string script = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..", "bench", "peers", "regression.R"));
        var peers = new RPeers(script);
        if (double.IsNaN(peers.Run("hello", "-", "-", 0, 0)))
        {
            Console.Error.WriteLine("peer R is not installed; apt-get install r-base-core r-cran-glmnet");
            return null;
        }
        return peers;
    }

    public double Run(string task, string x, string y, int n, int p)
    {
        try
        {
            var start = new ProcessStartInfo("Rscript", ["--vanilla", _script, task, x, y, $"{n}", $"{p}"]) { RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment["OPENBLAS_NUM_THREADS"] = "1";
            start.Environment["OMP_NUM_THREADS"] = "1";
            using var process = Process.Start(start)!;
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 && double.TryParse(output, CultureInfo.InvariantCulture, out double seconds) ? seconds * 1e9 : double.NaN;
        }
        catch (System.ComponentModel.Win32Exception) { return double.NaN; }
    }
}
