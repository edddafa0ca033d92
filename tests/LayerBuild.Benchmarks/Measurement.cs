using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace LayerBuild.Benchmarks;

/// <summary>Times programs from start to end, in seconds of the wall clock.</summary>
internal static class Measurement
{
    private static readonly Regex TaskTime = new(@"Task Performance Summary:(?s:.*?)(\d+) ms\s+(?:LayerBuild\.Tasks\.)?BuildLambdaLayers\s", RegexOptions.CultureInvariant);

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }

    public static double Time(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Runs a program; its output is the result. Ends the benchmarks when it fails.</summary>
    public static (double Seconds, string Output) Run(string folder, IReadOnlyDictionary<string, string?> environment, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string? value) in environment)
        {
            start.Environment[name] = value;
        }

        long began = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{output}\n{errors.Result}");
        }

        return (seconds, output);
    }

    /// <summary>Seconds that MSBuild's own summary says the task took.</summary>
    public static double TaskSeconds(string output) => TaskTime.Match(output) is { Success: true } match
        ? double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) / 1000
        : throw new InvalidOperationException("The build ran no BuildLambdaLayers:\n" + output);
}
