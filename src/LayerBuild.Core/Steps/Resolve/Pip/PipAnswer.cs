using System.Text.Json.Serialization;

namespace LayerBuild.Steps.Resolve.Pip;

/// <summary>What the driver is asked; its fields are those of <c>pip_driver.py</c>.</summary>
internal sealed record PipRequest(
    string Answer,
    string Downloads,
    IReadOnlyList<string> AllowSdist,
    IReadOnlyList<string> Settings,
    IReadOnlyDictionary<string, string> Markers,
    IReadOnlyList<string> Arguments);

/// <summary>What the driver answers: packages, or a failure.</summary>
/// <param name="Unknown">Settings of the user's that matter, and that this pip has no option for.</param>
internal sealed record PipAnswer(string Python, string? Pip, IReadOnlyList<PipPackage> Packages, IReadOnlyList<string> Unknown, PipFailure? Failure);

/// <param name="Name">Normalized.</param>
/// <param name="Kind"><c>wheel</c>, <c>archive</c>, <c>directory</c> or <c>vcs</c>: what it came as.</param>
/// <param name="File">Full path of the wheel.</param>
/// <param name="Source">Full path of the archive that the wheel was built from.</param>
/// <param name="Url">Without credentials.</param>
/// <param name="Requested">Named by the user.</param>
/// <param name="Direct">By URL or path, not from an index.</param>
internal sealed record PipPackage(string Name, string Kind, string File, string? Source, string Url, bool Requested, bool Direct);

/// <param name="Kind"><c>conflict</c>, <c>hash</c>, <c>refused</c>, <c>wheel</c>, <c>build</c>, <c>network</c>, <c>untrusted</c>, <c>usage</c>, <c>storage</c>, <c>unsupported</c> or <c>error</c>.</param>
/// <param name="Words">pip's own.</param>
/// <param name="Line">pip's name for the requirement's place, where it has one.</param>
/// <param name="Package">Of <c>refused</c> and <c>wheel</c>: its name; with <c>refused</c>, <paramref name="Words"/> is <c>source</c> or <c>unbuilt</c>.</param>
/// <param name="Output">Last lines of a build that failed.</param>
internal sealed record PipFailure(
    string Kind,
    string Type,
    string Words,
    string? Line,
    string? Package,
    string? File,
    IReadOnlyList<string> Output,
    IReadOnlyList<PipConflict> Conflicts,
    IReadOnlyList<PipProject> Projects,
    IReadOnlyList<PipUnreachable> Unreachable,
    IReadOnlyList<PipIndexAnswer> Answers,
    IReadOnlyList<PipHash> Hashes);

/// <summary>One of the requirements that cannot be met together.</summary>
internal sealed record PipConflict(string Requirement, string? Project, string? Specifier, string? Parent, bool Constraint);

/// <summary>The files that the indexes have for a project.</summary>
internal sealed record PipProject(string Name, IReadOnlyList<PipFile> Files);

/// <param name="Reason">pip's word for why it is no candidate, or <c>candidate</c>.</param>
/// <param name="InRange">Its version satisfies all requirements.</param>
internal sealed record PipFile(string FileName, string? Version, string? RequiresPython, bool Yanked, string Reason, bool InRange);

/// <param name="Status">HTTP status, when there was an answer.</param>
internal sealed record PipUnreachable(string Url, string Reason, int? Status);

/// <summary>What an index answered without refusing.</summary>
/// <param name="ContentType">Without parameters; empty when it gave none.</param>
/// <param name="Landed">URL that it redirected to.</param>
internal sealed record PipIndexAnswer(string Url, int Status, string ContentType, string? Landed);

/// <param name="Expected">As <c>sha256:…</c>.</param>
internal sealed record PipHash(string? Package, string Requirement, string? Url, IReadOnlyList<string> Expected, IReadOnlyList<string> Found);

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PipRequest))]
[JsonSerializable(typeof(PipAnswer))]
[JsonSerializable(typeof(string))]
internal sealed partial class PipJson : JsonSerializerContext;
