using LayerBuild.Lambda;

namespace LayerBuild.Formats.Python;

/// <summary>A Python runtime on one architecture: what packages are resolved for.</summary>
internal sealed record PythonTarget(LambdaRuntime Runtime, Architecture Architecture)
{
    /// <summary>Major and minor version: <c>3.12</c>.</summary>
    public Version Python => Runtime.PythonVersion;

    /// <summary>Newest manylinux_X_Y that loads.</summary>
    public Version Glibc => Runtime.Glibc;

    /// <summary>The folder of a layer that only this version of Python searches.</summary>
    public string SitePackages => $"python/lib/python{Python}/site-packages";

    /// <summary>Name in a lock file: <c>python3.12/arm64</c>.</summary>
    public string Id => $"{Runtime.Id}/{Architecture.Id}";

    /// <summary>
    /// The environment that markers are evaluated in (PEP 508), without <c>extra</c>. AWS updates the patch
    /// level under a layer, so it is 0 here: what any patch level needs is included.
    /// </summary>
    public IReadOnlyDictionary<string, string> MarkerEnvironment => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["implementation_name"] = "cpython",
        ["implementation_version"] = $"{Python}.0",
        ["os_name"] = "posix",
        ["platform_machine"] = Architecture.Machine,
        ["platform_python_implementation"] = "CPython",
        ["platform_release"] = "",
        ["platform_system"] = "Linux",
        ["platform_version"] = "",
        ["python_full_version"] = $"{Python}.0",
        ["python_version"] = $"{Python}",
        ["sys_platform"] = "linux",
    };

    /// <summary>
    /// What Requires-Python is compared with. Runtimes follow Python's patch releases and projects exclude broken early
    /// ones (<c>!=3.9.0,!=3.9.1</c>), so this is later than any.
    /// </summary>
    public string NewestPatch => $"{Python}.99";

    /// <summary>The targets of a layer, in the order in which it declares them; none when it has no Python runtime.</summary>
    public static IReadOnlyList<PythonTarget> Of(LayerDeclaration layer) =>
    [
        .. from runtime in layer.Runtimes
           where runtime.Family == RuntimeFamily.Python
           from architecture in layer.Architectures
           where runtime.Architectures.Contains(architecture)
           select new PythonTarget(runtime, architecture),
    ];

    /// <summary>The target of an <see cref="Id"/>, or null.</summary>
    public static PythonTarget? Find(string id)
    {
        string[] parts = id.Split('/');
        return parts.Length == 2
            && LambdaRuntime.Find(parts[0]) is { Family: RuntimeFamily.Python } runtime
            && Architecture.Find(parts[1]) is { } architecture
            ? new PythonTarget(runtime, architecture)
            : null;
    }

    public override string ToString() => $"{Runtime.Id} on {Architecture.Id}";

    /// <summary><c>python3.12 and python3.13 on x86_64 and arm64</c>, or one by one when some pairs are missing.</summary>
    public static string Describe(IReadOnlyCollection<PythonTarget> targets)
    {
        string[] runtimes = [.. targets.Select(t => t.Runtime.Id).Distinct()];
        string[] architectures = [.. targets.Select(t => t.Architecture.Id).Distinct()];
        return targets.Count == runtimes.Length * architectures.Length
            ? $"{And(runtimes)} on {And(architectures)}"
            : And([.. targets.Select(t => t.ToString())]);

        static string And(string[] words) =>
            words.Length == 1 ? words[0] : $"{string.Join(", ", words[..^1])} and {words[^1]}";
    }
}
