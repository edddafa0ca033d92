using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using LayerBuild.Diagnostics;
using LayerBuild.Formats.Python;
using LayerBuild.Formats.Wheel;

namespace LayerBuild.Steps.Resolve;

/// <summary>Turns what went wrong in pip into what a user is told: whose fault it is, what exists, what to do.</summary>
internal static class ResolutionFailure
{
    /// <summary>More files than this of one project are summed up.</summary>
    private const int ListedFiles = 12;

    public static Diagnostic Describe(PipFailure failure, PipRun run)
    {
        Diagnostic diagnostic = failure.Kind switch
        {
            "conflict" => DescribeConflict(failure, run),
            "hash" => DescribeHashes(failure, run),
            "refused" => DescribeRefused(failure, run),
            "build" => DescribeBuild(failure, run),
            "wheel" => Diagnostic.Error("LB2006", $"The wheel {failure.File} is not valid: {OneLine.Of(InvalidWheel.Replace(Clean(failure.Words, run), "")).TrimEnd('.')}. Take another version of {failure.Package}, or tell its authors."),
            "unsupported" => Diagnostic.Error("LB2001", $"pip {run.Python.PipVersion} of {run.Python.Path} cannot be used, because {OneLine.Of(Clean(failure.Words, run)).TrimEnd('.')}. Set LambdaLayerPython to a Python with another pip."),
            _ => DescribeError(failure, run),
        };
        return diagnostic.File is null && PlaceOf(failure, run) is { } line ? diagnostic with { File = line.File, Line = line.Line } : diagnostic;
    }

    public static Diagnostic Describe(PipCrashException crash, PipRun run)
    {
        string words = Clean(crash.Result.Error.Trim().Length > 0 ? crash.Result.Error : crash.Result.Output, run);
        string last = string.Join(' ', words.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).TakeLast(3));
        return Diagnostic.Error("LB2002", string.Create(
            CultureInfo.InvariantCulture,
            $"pip {run.Python.PipVersion} of {run.Python.Path} ended with exit code {crash.Result.ExitCode} and no answer for {run.Target}. {last}"));
    }

    private static Diagnostic DescribeConflict(PipFailure failure, PipRun run)
    {
        // The reason for a conflict is often one project that has nothing for the target.
        PipProject? starved = failure.Projects.FirstOrDefault(p =>
            p.Files.Any(f => f.InRange) && !p.Files.Any(f => f.InRange && Serves(f)));
        if (starved is not null)
        {
            return DescribeStarved(starved, failure, run);
        }

        var text = new StringBuilder();
        PipConflict[] single = [.. failure.Conflicts.DistinctBy(c => c.Project)];
        if (single.Length == 1 && single[0].Project is { } only)
        {
            PipProject? project = failure.Projects.FirstOrDefault(p => p.Name == only);
            string wanted = string.Join(" and ", failure.Conflicts.Select(Say).Distinct());
            if (project is null || project.Files.Count == 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"No package named '{only}' was found for {run.Target}: {wanted}.");
                AppendUnreachable(text, failure, only);
                if (failure.Unreachable.All(u => u.Status == 404))
                {
                    text.Append(" Check its spelling, and the index settings of pip if it comes from another index.");
                }
            }
            else
            {
                IEnumerable<string> versions = Newest(project.Files.Select(f => f.Version));
                text.Append(CultureInfo.InvariantCulture, $"No version of {only} for {run.Target} is what is asked for ({wanted}). There are {string.Join(", ", versions)}.");
            }
        }
        else
        {
            text.Append(CultureInfo.InvariantCulture, $"pip found no versions that fit together for {run.Target}: ");
            text.AppendJoin("; ", failure.Conflicts.Select(Say).Distinct());
            text.Append(". Loosen one of these requirements.");
        }

        return Diagnostic.Error("LB2002", text.ToString());
    }

    private static Diagnostic DescribeStarved(PipProject project, PipFailure failure, PipRun run)
    {
        string wanted = string.Join(" and ", failure.Conflicts.Where(c => c.Project == project.Name).Select(Say).Distinct());
        PipFile[] files = [.. project.Files.Where(f => f.InRange)];
        string[] versions = [.. files.Select(f => f.Version).OfType<string>().Distinct()];
        WheelTags tags = WheelTags.For(run.Target);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"No wheel of {project.Name}{(versions.Length == 1 ? " " + versions[0] : "")} loads on {run.Target} ({wanted}). What exists: ");
        PipFile[] listed = [.. files
            .OrderByDescending(f => f.Version is { } v && DistributionVersion.TryParse(v, out DistributionVersion? parsed) ? parsed : null)
            .ThenBy(f => f.FileName, StringComparer.Ordinal)
            .Take(ListedFiles)];
        text.AppendJoin("; ", listed.Select(f => $"{f.FileName} ({WhyNot(f, tags, run.Target)})"));
        if (files.Length > listed.Length)
        {
            text.Append(CultureInfo.InvariantCulture, $"; and {files.Length - listed.Length} more");
        }

        text.Append(". ");
        PipFile[] others = [.. project.Files.Where(f => !f.InRange && Serves(f))];
        if (others.Length > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"Versions that load: {string.Join(", ", Newest(others.Select(f => f.Version)))}. ");
        }

        bool sdist = files.Any(f => !f.FileName.EndsWith(".whl", StringComparison.Ordinal) && f.Reason != "requires_python_mismatch");
        text.Append("Ask for a version that has a wheel for it, or declare another runtime or architecture");
        text.Append(sdist ? $"; if it is pure Python, AllowSdist=\"{project.Name}\" lets it be built from source." : ".");
        return Diagnostic.Error("LB2003", text.ToString());
    }

    /// <summary>Loads on the target; pip takes a yanked file for an exact pin only.</summary>
    private static bool Serves(PipFile file) => file.Reason == "candidate" && !file.Yanked;

    /// <summary>The newest of some versions, newest first.</summary>
    private static IEnumerable<string> Newest(IEnumerable<string?> versions) =>
        versions.OfType<string>().Distinct()
            .OrderByDescending(v => DistributionVersion.TryParse(v, out DistributionVersion? parsed) ? parsed : null)
            .ThenByDescending(v => v, StringComparer.Ordinal)
            .Take(ListedFiles);

    /// <summary>Why a file does not serve a target, in a few words.</summary>
    internal static string WhyNot(PipFile file, WheelTags tags, PythonTarget target)
    {
        if (file.Reason == "yanked" || file.Yanked)
        {
            return "yanked: withdrawn by its authors";
        }

        if (file.Reason == "requires_python_mismatch")
        {
            return $"needs Python {file.RequiresPython}";
        }

        return WheelFileName.TryParse(file.FileName, out WheelFileName? wheel)
            ? tags.WhyNot(wheel, target) ?? "not taken"
            : "source, not a wheel";
    }

    private static Diagnostic DescribeHashes(PipFailure failure, PipRun run)
    {
        IEnumerable<string> items = failure.Hashes.Select(hash =>
        {
            string file = hash.Url is null ? "" : $" ({Uri.UnescapeDataString(hash.Url[(hash.Url.LastIndexOf('/') + 1)..])})";
            string expected = hash.Expected.Count == 0 ? "none" : string.Join(" or ", hash.Expected);
            return $"{(hash.Requirement.Length > 0 ? hash.Requirement : hash.Package)}{file}: expected {expected}, found {string.Join(" ", hash.Found)}";
        });
        return Diagnostic.Error(
            "LB2004",
            $"A download is not what was pinned, for {run.Target}: {string.Join("; ", items)}. If the file was meant to change, renew its hash (dotnet build -t:LockLambdaLayers); if not, do not trust the index it came from.")
            with
        {
            File = PinOf(failure, run)?.File,
            Line = PinOf(failure, run)?.Line ?? 0,
        };
    }

    private static RequirementLine? PinOf(PipFailure failure, PipRun run) =>
        run.Lines.FirstOrDefault(l => failure.Hashes.Any(h => h.Package is not null && l.Requirement?.Name == DistributionName.Normalize(h.Package)));

    private static Diagnostic DescribeRefused(PipFailure failure, PipRun run) => failure.Words switch
    {
        "source" => Diagnostic.Error("LB2003", $"{failure.Package} for {run.Target} comes only as source ({failure.File}), and building it runs its code. If it is pure Python and you trust it, add AllowSdist=\"{failure.Package}\"; else ask for a version that has a wheel."),
        _ => Diagnostic.Error("LB2013", $"{failure.Package} could not be built into one wheel for {run.Target}."),
    };

    private static Diagnostic DescribeBuild(PipFailure failure, PipRun run)
    {
        string output = Clean(string.Join('\n', failure.Output), run);
        string last = string.Join(" | ", output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).TakeLast(8));
        return Diagnostic.Error("LB2013", $"A package could not be built from source for {run.Target}: {OneLine.Of(Clean(failure.Words, run))} Its last words: {last}");
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
                return Diagnostic.Error("LB2003", $"{wheel.FileName} does not load on {run.Target}: {why}. Name a wheel for it, with a marker if the layer is for others too (platform_machine == \"{run.Target.Architecture.Machine}\").") with
                {
                    File = line.File,
                    Line = line.Line,
                };
            }
        }

        var text = new StringBuilder();
        string words = OneLine.Of(Clean(failure.Words, run));
        text.Append(CultureInfo.InvariantCulture, $"pip could not resolve for {run.Target}: {words}{(words.EndsWith('.') ? "" : ".")}");
        AppendUnreachable(text, failure, null);
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

    private static string Say(PipConflict conflict)
    {
        string requirement = conflict.Requirement.Replace(" and ", ",", StringComparison.Ordinal);
        return conflict switch
        {
            { Constraint: true } => $"a constraint allows only {requirement}",
            { Parent: { } parent } => $"{parent} requires {requirement}",
            _ => $"you require {requirement}",
        };
    }

    private static void AppendUnreachable(StringBuilder text, PipFailure failure, string? project)
    {
        foreach (PipUnreachable place in failure.Unreachable
            .Where(u => project is null || u.Url.Contains($"/{project}/", StringComparison.Ordinal) || u.Status != 404)
            .DistinctBy(u => u.Url)
            .Take(3))
        {
            text.Append(place.Status is { } status
                ? string.Create(CultureInfo.InvariantCulture, $" {place.Url} answered {status}.")
                : $" {place.Url} could not be reached: {Innermost(place.Reason)}.");
        }
    }

    /// <summary>Without colours, paths of this run, credentials, and the patch level that stands for all.</summary>
    private static string Clean(string words, PipRun run)
    {
        string text = Escape.Replace(words, "");
        text = Redaction.OfWords(text);
        text = FromLine.Replace(text, "");
        text = Caret.Replace(text, "");
        text = text.Replace("pip_driver.py: error: ", "", StringComparison.Ordinal);
        text = text.Replace(run.Folder + Path.DirectorySeparatorChar, "", StringComparison.Ordinal);
        return text.Replace(run.Target.NewestPatch, run.Target.Python.ToString(), StringComparison.Ordinal);
    }

    /// <summary>What the connection failed of, without the wrappings that urllib3 puts around it and the addresses of objects.</summary>
    private static string Innermost(string reason)
    {
        string text = OneLine.Of(reason);
        if (CausedBy.Match(text) is { Success: true } cause)
        {
            text = cause.Groups[1].Value;
        }

        return Address.Replace(text, "").Trim('\'', '"', '.', ' ');
    }

    private static Regex Escape { get; } = new(@"\x1b\[[0-9;]*m");

    // Of the flat file that pip was given: the diagnostic has the user's file and line.
    private static Regex FromLine { get; } = new(@" \(from (line \d+ of [^)]*|-[rc] \S+ \(line \d+\))\)");

    // A line of the text again, and below it the marks that point into it.
    private static Regex Caret { get; } = new(@"\n[^\n]*\n\s*[~^]+\s*$");

    private static Regex LineNumber { get; } = new(@"\(line (\d+)\)");

    // What only repeats the file's name, and objects by their address.
    private static Regex InvalidWheel { get; } = new(@"^(\S+ has an invalid wheel, )+|<[^>]* at 0x[0-9a-f]+>\s*");

    private static Regex CausedBy { get; } = new(@"\(Caused by \w+\((.*)\)\)$");

    // In newer versions a name of the connection without an address follows.
    private static Regex Address { get; } = new(@"<[^<>]* at 0x[0-9a-f]+>:? ?|\bHTTPS?Connection\(host='[^']*', port=\d+\): ");
}
