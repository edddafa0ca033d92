using System.Globalization;
using LayerBuild.Diagnostics;
using LayerBuild.Formats.Osv;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Audit;

/// <summary>LB6005: what the advisories themselves lack. Without it, silence would be taken for good news.</summary>
internal static class AdvisoryCheck
{
    private const string Code = "LB6005";

    /// <summary>Days after which advisories are called old.</summary>
    private const int MaxAge = 30;

    private const string Fetch = "Fetch the export again (docs/advisories.md).";

    /// <summary>Says what holds for all layers. Call it when they are audited: some records are read only then.</summary>
    /// <param name="today">The day to which the age is measured.</param>
    public static void Run(OsvDatabase database, DateOnly today, DiagnosticLog log)
    {
        foreach (OsvFault fault in database.Faults)
        {
            log.Warning(Code, $"The advisories '{fault.Path}' cannot be read: {fault.Reason}. Known vulnerabilities that they describe are not reported. Correct LambdaLayerAdvisories, or fetch the export again.");
        }

        if (database.Records > 0)
        {
            CheckAge(database.Newest(today), today, log);
        }

        if (database.Skipped > 0)
        {
            string names = string.Join(", ", database.SkippedNames);
            log.Warning(Code, string.Create(
                CultureInfo.InvariantCulture,
                $"{database.Skipped} of {database.Records + database.Skipped} records of the advisories cannot be read and were skipped: {names}{(database.Skipped > database.SkippedNames.Count ? ", ..." : "")}. {Fetch}"));
        }
    }

    /// <summary>Says that the advisories are not about the packages of a layer.</summary>
    public static void CheckCoverage(LayerDeclaration layer, IEnumerable<AuditedPackage> packages, OsvDatabase database, DiagnosticLog log)
    {
        foreach (IGrouping<OsvEcosystem, AuditedPackage> kind in packages.GroupBy(p => p.Ecosystem).Where(k => !database.Covers(k.Key)).OrderBy(k => k.Key.Name, StringComparer.Ordinal))
        {
            log.Add(Diagnostic.Warning(Code, string.Create(
                CultureInfo.InvariantCulture,
                $"Layer '{layer.Name}': its {kind.Count()} {kind.Key.Packages} were not looked up: the advisories hold no record of {kind.Key.Name}. Add that ecosystem's export to LambdaLayerAdvisories."))
                with { File = layer.ProjectFile });
        }
    }

    private static void CheckAge(DateOnly? newest, DateOnly today, DiagnosticLog log)
    {
        if (newest is not { } day)
        {
            log.Warning(Code, $"The advisories do not say how old they are: no record and no member of a zip has a date. {Fetch}");
            return;
        }

        int age = today.DayNumber - day.DayNumber;
        if (age > MaxAge)
        {
            log.Warning(Code, string.Create(
                CultureInfo.InvariantCulture,
                $"The advisories are {age} days old: their newest entry is of {day:yyyy-MM-dd}. Vulnerabilities that became known since then are not reported. {Fetch}"));
        }
    }
}
