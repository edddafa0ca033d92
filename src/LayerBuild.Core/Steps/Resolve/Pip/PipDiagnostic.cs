using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using LayerBuild.Diagnostics;
using LayerBuild.Formats.Python;
using LayerBuild.Formats.Wheel;
using LayerBuild.Steps.Resolve.Requirements;

namespace LayerBuild.Steps.Resolve.Pip;

/// <summary>What a user is told of a failure of pip: whose fault it is, what exists, what to do.</summary>
internal static class PipDiagnostic
{
    public static Diagnostic Of(PipFailure failure, PipRun run)
    {
        Diagnostic diagnostic = failure.Kind switch
        {
            "conflict" => PipConflictDiagnostic.Of(failure, run),
            "hash" => DescribeHashes(failure, run),
            "refused" => DescribeRefused(failure, run),
            "build" => DescribeBuild(failure, run),
            "wheel" => Diagnostic.Error("LB2006", $"the wheel {failure.File} is not valid: {OneLine.Of(InvalidWheel.Replace(PipWords.Clean(failure.Words, run), "")).TrimEnd('.')}. Use another version of {failure.Package}, or tell its authors."),
            "usage" => DescribeUsage(failure, run),
            "untrusted" => Diagnostic.Error("LB2027", $"pip does not ask {failure.Words} for {run.Target}, because it is not https: whoever sits between could change what it answers. Use its https address; or, if you trust the network, name its host in trusted-host, where the index is named (--trusted-host, PIP_TRUSTED_HOST, pip.conf)."),
            "network" => DescribeNetwork(failure, run),
            "unsupported" => Diagnostic.Error("LB2001", $"pip {run.Python.PipVersion} of {run.Python.Path} cannot be used, because {OneLine.Of(PipWords.Clean(failure.Words, run)).TrimEnd('.')}. Set LambdaLayerPython to a Python with another pip."),
            _ => DescribeError(failure, run),
        };
        return diagnostic.File is null && PlaceOf(failure, run) is { } line ? diagnostic with { File = line.File, Line = line.Line } : diagnostic;
    }

    public static Diagnostic Of(PipCrashException crash, PipRun run)
    {
        string words = PipWords.Clean(crash.Result.Error.Trim().Length > 0 ? crash.Result.Error : crash.Result.Output, run);
        string last = string.Join(' ', words.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).TakeLast(3));
        return Diagnostic.Error("LB2002", string.Create(
            CultureInfo.InvariantCulture,
            $"pip {run.Python.PipVersion} of {run.Python.Path} ended with exit code {crash.Result.ExitCode} and no result for {run.Target}. {last}"));
    }

    private static Diagnostic DescribeHashes(PipFailure failure, PipRun run)
    {
        IEnumerable<string> items = failure.Hashes.Select(hash =>
        {
            string file = hash.Url is null ? "" : $" ({Uri.UnescapeDataString(hash.Url[(hash.Url.LastIndexOf('/') + 1)..])})";
            string expected = hash.Expected.Count == 0 ? "none" : string.Join(" or ", hash.Expected);
            return $"{(hash.Requirement.Length > 0 ? hash.Requirement : hash.Package)}{file}: expected {expected}, found {string.Join(" ", hash.Found)}";
        });
        return HashMismatch.ToDiagnostic(run.Target, items) with
        {
            File = PinOf(failure, run)?.File,
            Line = PinOf(failure, run)?.Line ?? 0,
        };
    }

    private static RequirementLine? PinOf(PipFailure failure, PipRun run) =>
        run.Lines.FirstOrDefault(l => failure.Hashes.Any(h => h.Package is not null && l.Requirement?.Name == DistributionName.Normalize(h.Package)));

    private static Diagnostic DescribeNetwork(PipFailure failure, PipRun run)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"pip could not download a file for {run.Target}.");
        PipIndexes.Append(text, failure, null);
        return Diagnostic.Error("LB2002", text.ToString());
    }

    private static Diagnostic DescribeUsage(PipFailure failure, PipRun run)
    {
        string cure = run.Arguments.Count > 0 ? "Correct LambdaLayerPipArguments" : "Correct pip's settings in the environment and in pip.conf";
        return Diagnostic.Error("LB2025", $"pip {run.Python.PipVersion} of {run.Python.Path} does not take its arguments: {OneLine.Of(PipWords.Clean(failure.Words, run)).TrimEnd('.')}. {cure}: the options are those of pip download.");
    }

    private static Diagnostic DescribeRefused(PipFailure failure, PipRun run) => failure.Words switch
    {
        "source" => Diagnostic.Error("LB2003", $"{failure.Package} for {run.Target} comes only as source ({failure.File}), and building it runs its code. If it is pure Python and you trust it, add AllowSdist=\"{failure.Package}\"; otherwise ask for a version that has a wheel."),
        _ => Diagnostic.Error("LB2013", $"{failure.Package} could not be built into one wheel for {run.Target}."),
    };

    private static Diagnostic DescribeBuild(PipFailure failure, PipRun run)
    {
        string output = PipWords.Clean(string.Join('\n', failure.Output), run);
        string last = string.Join(" | ", output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).TakeLast(8));
        return Diagnostic.Error("LB2013", $"a package could not be built from source for {run.Target}: {OneLine.Of(PipWords.Clean(failure.Words, run))} Its last output: {last}");
    }

    private static Diagnostic DescribeError(PipFailure failure, PipRun run)
    {
        // A wheel that the requirements name themselves: pip does not say what is wrong with it.
        foreach (RequirementLine line in run.Lines.Where(l => l.AppliesTo(run.Target)))
        {
            string place = Uri.UnescapeDataString(line.Url ?? line.LocalPath ?? "");
            if (WheelFileName.TryParse(place[(place.LastIndexOfAny(['/', '\\']) + 1)..], out WheelFileName? wheel)
                && WheelTags.For(run.Target).WhyNot(wheel, run.Target) is { } why)
            {
                return Diagnostic.Error("LB2003", $"{wheel.FileName} does not load on {run.Target}: {why}. Name a wheel that does, with a marker if the layer has other targets too (platform_machine == \"{run.Target.Architecture.Machine}\").") with
                {
                    File = line.File,
                    Line = line.Line,
                };
            }
        }

        var text = new StringBuilder();
        string words = OneLine.Of(PipWords.Clean(failure.Words, run));
        text.Append(CultureInfo.InvariantCulture, $"pip could not resolve the requirements for {run.Target}: {words}{(words.EndsWith('.') ? "" : ".")}");
        PipIndexes.Append(text, failure, null);
        string code = failure.Words.Contains("requirement", StringComparison.OrdinalIgnoreCase) && PlaceOf(failure, run) is not null ? "LB2012" : "LB2002";
        return code == "LB2012"
            ? Diagnostic.Error(code, $"{words}{(words.EndsWith('.') ? "" : ".")}")
            : Diagnostic.Error(code, text.ToString());
    }

    /// <summary>The line that a failure is about.</summary>
    private static RequirementLine? PlaceOf(PipFailure failure, PipRun run)
    {
        if (failure.Line is not null && LineNumber.Match(failure.Line) is { Success: true } match
            && int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) is var number && number >= 1 && number <= run.Lines.Count)
        {
            return run.Lines[number - 1];
        }

        foreach (PipConflict conflict in failure.Conflicts.Where(c => c.Parent is null))
        {
            if (run.Lines.FirstOrDefault(l => l.Kind != RequirementKind.Option && l.Requirement?.Name == conflict.Project) is { } named)
            {
                return named;
            }
        }

        return run.Lines.FirstOrDefault(l => l.Text.Length > 2 && failure.Words.Contains(l.Text, StringComparison.Ordinal));
    }

    private static Regex LineNumber { get; } = new(@"\(line (\d+)\)");

    // What only repeats the file's name, and objects by their address.
    private static Regex InvalidWheel { get; } = new(@"^(\S+ has an invalid wheel, )+|<[^>]* at 0x[0-9a-f]+>\s*");
}
