using System.Globalization;
using System.Text;
using LayerBuild.Diagnostics;
using LayerBuild.Formats.Python;
using LayerBuild.Formats.Wheel;

namespace LayerBuild.Steps.Resolve.Pip;

/// <summary>Requirements that cannot be met together, or not at all for the target.</summary>
internal static class PipConflictDiagnostic
{
    /// <summary>More files than this of one project are summed up.</summary>
    private const int ListedFiles = 12;

    public static Diagnostic Of(PipFailure failure, PipRun run)
    {
        // The reason for a conflict is often one project that has nothing for the target.
        PipProject? wheelless = failure.Projects.FirstOrDefault(p =>
            p.Files.Any(f => f.InRange) && !p.Files.Any(f => f.InRange && Serves(f)));
        if (wheelless is not null)
        {
            return DescribeMissingWheel(wheelless, failure, run);
        }

        var text = new StringBuilder();
        PipConflict[] single = [.. failure.Conflicts.DistinctBy(c => c.Project)];
        if (single.Length == 1 && single[0].Project is { } only)
        {
            PipProject? project = failure.Projects.FirstOrDefault(p => p.Name == only);
            string wanted = string.Join(" and ", failure.Conflicts.Select(DescribeRequirement).Distinct());
            if (project is null || project.Files.Count == 0)
            {
                bool looked = failure.Answers.Count > 0 || failure.Unreachable.Count == 0 || failure.Unreachable.Any(u => u.Status == 404);
                text.Append(CultureInfo.InvariantCulture, $"{(looked ? $"no package named '{only}' was found" : $"no index could be asked for '{only}'")} for {run.Target}: {wanted}.");
                PipIndexes.Append(text, failure, only);
                if (failure.Unreachable.All(u => u.Status == 404))
                {
                    text.Append(" Check its spelling, and the index settings of pip if it comes from another index.");
                }
            }
            else
            {
                IEnumerable<string> versions = Newest(project.Files.Select(f => f.Version));
                text.Append(CultureInfo.InvariantCulture, $"no version of {only} for {run.Target} is what you ask for ({wanted}). There are {string.Join(", ", versions)}.");
            }
        }
        else
        {
            text.Append(CultureInfo.InvariantCulture, $"pip found no versions that fit together for {run.Target}: ");
            text.AppendJoin("; ", failure.Conflicts.Select(DescribeRequirement).Distinct());
            text.Append(". Loosen one of these requirements.");
        }

        return Diagnostic.Error("LB2002", text.ToString());
    }

    private static Diagnostic DescribeMissingWheel(PipProject project, PipFailure failure, PipRun run)
    {
        string wanted = string.Join(" and ", failure.Conflicts.Where(c => c.Project == project.Name).Select(DescribeRequirement).Distinct());
        PipFile[] files = [.. project.Files.Where(f => f.InRange)];
        string[] versions = [.. files.Select(f => f.Version).OfType<string>().Distinct()];
        WheelTags tags = WheelTags.For(run.Target);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"no wheel of {project.Name}{(versions.Length == 1 ? " " + versions[0] : "")} loads on {run.Target} ({wanted}). What exists: ");
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
    private static string WhyNot(PipFile file, WheelTags tags, PythonTarget target)
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

    private static string DescribeRequirement(PipConflict conflict)
    {
        string requirement = conflict.Requirement.Replace(" and ", ",", StringComparison.Ordinal);
        return conflict switch
        {
            { Constraint: true } => $"a constraint allows only {requirement}",
            { Parent: { } parent } => $"{parent} requires {requirement}",
            _ => $"you require {requirement}",
        };
    }
}
