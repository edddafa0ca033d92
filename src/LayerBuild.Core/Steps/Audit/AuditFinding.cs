using LayerBuild.Formats.Osv;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Audit;

/// <summary>A known vulnerability of a package of a layer: all records of it, from whatever database, are one finding.</summary>
/// <param name="Id">The GitHub advisory's, else PyPA's, else the CVE's, else the first.</param>
/// <param name="Aliases">Its other ids, in that order.</param>
/// <param name="Records">Those that the package's version lies in; at least one.</param>
internal sealed record AuditFinding(AuditedPackage Package, string Id, IReadOnlyList<string> Aliases, IReadOnlyList<OsvRecord> Records)
{
    /// <summary>One line; empty when no record says what it is.</summary>
    public required string Summary { get; init; }

    /// <summary>The CVSS vectors of all records, the worst first.</summary>
    public required IReadOnlyList<CvssVector> Vectors { get; init; }

    public required AuditSeverity Severity { get; init; }

    /// <summary>The first version that no record calls affected; null when none is known.</summary>
    public required string? FixedIn { get; init; }

    /// <summary>The last version that is known to be affected, where no version is known to be fixed.</summary>
    public required string? LastAffected { get; init; }

    /// <summary>What of the layer's <c>AllowFindings</c> accepts it; null when nothing does.</summary>
    public required FindingAcceptance? Acceptance { get; init; }

    public string Code => Severity.Code;
}

/// <summary>How bad a finding is, and by whose word.</summary>
/// <param name="Level">What decides the code.</param>
/// <param name="Words">For a message: <c>high (CVSS 3.1: 7.5)</c>.</param>
internal sealed record AuditSeverity(AdvisorySeverity Level, string Words)
{
    /// <summary>Somebody says so; else it is only taken for moderate.</summary>
    public bool IsStated { get; init; } = true;

    /// <summary>The word for the level.</summary>
    public string Name => NameOf(Level);

    public string Code => Level switch
    {
        AdvisorySeverity.Low => "LB6001",
        AdvisorySeverity.Moderate => "LB6002",
        AdvisorySeverity.High => "LB6003",
        _ => "LB6004",
    };

    /// <summary>The worst vector decides, else the worst word of a database.</summary>
    /// <param name="vectors">The worst first.</param>
    public static AuditSeverity Of(IReadOnlyList<OsvRecord> records, IReadOnlyList<CvssVector> vectors)
    {
        if (records.Any(r => r.IsMalware))
        {
            return new AuditSeverity(AdvisorySeverity.Critical, "critical (malicious code)");
        }

        if (vectors is [{ } worst, ..])
        {
            return new AuditSeverity(worst.Severity, FormattableString.Invariant($"{NameOf(worst.Severity)} (CVSS {worst.Version}: {worst.Score:0.0})"));
        }

        return records.Max(r => r.Word) is { } word
            ? new AuditSeverity(word, $"{NameOf(word)} (the database's own word)")
            : new AuditSeverity(AdvisorySeverity.Moderate, "not stated, taken as moderate") { IsStated = false };
    }

    private static string NameOf(AdvisorySeverity severity) => severity switch
    {
        AdvisorySeverity.Low => "low",
        AdvisorySeverity.Moderate => "moderate",
        AdvisorySeverity.High => "high",
        _ => "critical",
    };
}
