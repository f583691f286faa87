using Logits.Calibration;
using Logits.Cli.Inputs;
using Logits.Formats;

namespace Logits.Cli;

/// <summary>A calibrator from a file, for scores it fits.</summary>
static class SavedCalibrator
{
    /// <exception cref="RequestException">There is no such file, it holds no calibrator, or one for another number of classes.</exception>
    public static ICalibrator Load(string path, ScoreInput input)
    {
        ICalibrator calibrator;
        try
        {
            calibrator = CalibratorFile.Load(path);
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            throw new RequestException(e is FormatException ? App.Words(e)
                : Directory.Exists(path) ? $"{path}: is a directory; name a file in it"
                : $"{path}: {(e is FileNotFoundException or DirectoryNotFoundException ? "does not exist" : "cannot be read: " + App.Words(e))}", e);
        }
        return calibrator.Classes == 0 || calibrator.Classes == input.Classes ? calibrator
            : throw new RequestException($"{path}: calibrates {calibrator.Classes} classes; {input.Name} has {input.Classes}");
    }
}
