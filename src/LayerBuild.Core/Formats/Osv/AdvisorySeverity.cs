namespace LayerBuild.Formats.Osv;

/// <summary>How bad a vulnerability is, in the words of NuGet and npm; CVSS says medium for moderate.</summary>
internal enum AdvisorySeverity
{
    Low,
    Moderate,
    High,
    Critical,
}
