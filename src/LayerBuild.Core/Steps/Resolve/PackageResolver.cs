using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using LayerBuild.Diagnostics;
using LayerBuild.Files;
using LayerBuild.Formats.Locks;
using LayerBuild.Formats.Python;
using LayerBuild.Formats.Wheel;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Resolve;

/// <summary>What a resolution depends on besides the layers.</summary>
internal sealed record ResolveOptions
{
    /// <summary>Interpreter that runs pip, as the user gave it; null to search.</summary>
    public string? Python { get; init; }

    /// <summary>Further arguments for pip, as the user wrote them.</summary>
    public string? PipArguments { get; init; }

    /// <summary>Full path of the wheel cache.</summary>
    public required string CachePath { get; init; }

    /// <summary>Wheels that the cache keeps, in bytes; the least recently used go first.</summary>
    public long CacheSize { get; init; } = WheelCache.DefaultCapacity;

    /// <summary>Full path of a folder for this build's own files.</summary>
    public required string WorkPath { get; init; }

    /// <summary>A lock file that does not fit its requirements is an error (LB2005), not resolved again.</summary>
    public bool LockedMode { get; init; }

    /// <summary>Whether <see cref="LockedMode"/> was asked for by name, not only taken from the CI's settings.</summary>
    public bool LockedModeExplicit { get; init; }

    /// <summary>Resolve again even when the lock file fits, and write it.</summary>
    public bool Relock { get; init; }

    /// <summary>
    /// All layers of the project, when only some are to be resolved: lock files are for all layers that share them.
    /// </summary>
    public IReadOnlyList<LayerDeclaration> ProjectLayers { get; init; } = [];

    /// <summary>
    /// Brings a wheel by its SHA-256 (lower-case hex) into a folder and says its full path, before pip is asked; null where
    /// there is nothing that could.
    /// </summary>
    public Func<string, string, CancellationToken, Task<string?>>? FetchWheel { get; init; }

    /// <summary>
    /// Is told of wheels while others are still looked for, to do ahead what a build does with every wheel. They need not
    /// become part of any layer. May be called from several threads.
    /// </summary>
    public Action<CachedWheel>? WheelArrived { get; init; }

    /// <summary>The build's environment; null for that of this process.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }
}

/// <summary>What decides the packages of a layer.</summary>
/// <param name="Digest">Of the requirements, the lock file and local projects.</param>
/// <param name="Files">Full paths of the files that it depends on.</param>
internal sealed record LockedInputs(string Digest, IReadOnlyList<string> Files);

/// <summary>Finds, for every layer and target, the wheels to install: from the lock file, or with pip.</summary>
internal sealed class PackageResolver
{
    private readonly ResolveOptions _options;
    private readonly DiagnosticLog _log;
    private readonly PipEnvironment _environment;
    private readonly WheelCache _cache;

    /// <summary>By path, as they were before this resolution.</summary>
    private readonly ConcurrentDictionary<string, Lazy<(LockFile? Locked, string? Reason)>> _locks = new(StringComparer.Ordinal);

    public PackageResolver(ResolveOptions options, DiagnosticLog log)
    {
        _options = options;
        _log = log;
        _environment = options.Environment is null ? PipEnvironment.OfThisProcess() : new PipEnvironment(options.Environment);
        _cache = new WheelCache(options.CachePath, Path.Combine(options.WorkPath, "wheel-cache"), options.CacheSize, log);
    }

    /// <summary>
    /// Resolves all layers side by side; pip runs once per distinct set of requirements and target.
    /// A layer that could not be resolved is missing from the result and has an error in the log.
    /// </summary>
    public async Task<IReadOnlyDictionary<LayerName, LayerResolution>> ResolveAsync(
        IReadOnlyList<LayerDeclaration> layers,
        CancellationToken cancellation)
    {
        string baseDirectory = layers.Count > 0 ? layers[0].ProjectDirectory : _options.WorkPath;
        var locator = new PythonLocator(_options.Python, baseDirectory, _environment);
        using var cores = new SemaphoreSlim(Environment.ProcessorCount);
        var resolver = new TargetResolver(
            _options,
            _cache,
            _environment,
            new Lazy<Task<PythonInterpreter>>(() => locator.FindAsync(cancellation)),
            cores,
            cancellation);
        Task ahead = _options.Relock ? Task.CompletedTask : Task.Run(() => LookAhead(layers, resolver), cancellation);
        var problems = new List<(LayerDeclaration Layer, Diagnostic Problem)>();
        var resolutions = new Dictionary<LayerName, LayerResolution>();
        IReadOnlyDictionary<LayerName, LockScope> scopes = Plan(layers, problems, resolutions);
        LayerDeclaration[] planned = [.. layers.Where(l => scopes.ContainsKey(l.Name) && !resolutions.ContainsKey(l.Name))];
        ScopeOutcome[] outcomes = await Task.WhenAll(
            from layer in planned
            group layer by scopes[layer.Name] into sharing
            let needed = LockPlan.Sort(sharing.SelectMany(PythonTarget.Of))
            select Task.Run(() => ResolveAsync(sharing.Key, needed, resolver), cancellation)).ConfigureAwait(false);

        foreach (LayerDeclaration layer in planned)
        {
            ScopeOutcome outcome = outcomes.First(o => o.Scope == scopes[layer.Name]);
            IReadOnlyList<PythonTarget> targets = PythonTarget.Of(layer);
            problems.AddRange(Merge(targets, outcome).Append(outcome.Remark).OfType<Diagnostic>().Distinct().Select(p => (layer, p)));
            if (targets.All(t => outcome.Targets[t].Problem is null))
            {
                resolutions[layer.Name] = new LayerResolution(targets.ToDictionary(t => t, t => outcome.Targets[t].Wheels))
                {
                    InputFiles = InputsOf(outcome.Scope),
                    Warnings = outcome.Remark is { Severity: Severity.Warning } remark ? [remark with { Message = $"{layer.Name}: {remark.Message}" }] : [],
                };
            }
        }

        await ahead.ConfigureAwait(false);
        Report(problems);
        _cache.Trim();
        return resolutions;
    }

    /// <summary>
    /// What decides the packages of layers, without a look at any package. Layers are missing whose lock file does not fit,
    /// or does not say all.
    /// </summary>
    public IReadOnlyDictionary<LayerName, LockedInputs> FindLocked(IReadOnlyList<LayerDeclaration> layers)
    {
        var unneeded = new Dictionary<LayerName, LayerResolution>();
        IReadOnlyDictionary<LayerName, LockScope> scopes = Plan(layers, [], unneeded);
        var found = unneeded.ToDictionary(r => r.Key, r => new LockedInputs("", r.Value.InputFiles));
        foreach (LayerDeclaration layer in layers.Where(l => scopes.ContainsKey(l.Name) && !found.ContainsKey(l.Name)))
        {
            LockScope scope = scopes[layer.Name];
            if (ReadLock(scope.Path).Locked is { } locked
                && LockFit.Check(locked, scope, PythonTarget.Of(layer)) is null
                && !scope.Lines.Any(l => l.IsRepository))
            {
                IEnumerable<string> local = scope.Lines.Select(l => l.LocalPath).OfType<string>().Distinct()
                    .Select(path => Directory.Exists(path) ? new LocalProject(path).TreeDigest() : WheelCache.Hash(path));
                found[layer.Name] = new LockedInputs(string.Join(' ', [scope.Digest, WheelCache.Hash(scope.Path), .. local]), InputsOf(scope));
            }
        }

        return found;
    }

    /// <summary>Reads all requirements and says which lock file they belong to.</summary>
    private IReadOnlyDictionary<LayerName, LockScope> Plan(
        IReadOnlyList<LayerDeclaration> layers,
        List<(LayerDeclaration, Diagnostic)> problems,
        Dictionary<LayerName, LayerResolution> resolutions)
    {
        var read = new List<(LayerDeclaration, IReadOnlyList<RequirementLine>, string)>();
        HashSet<LayerName> asked = [.. layers.Select(l => l.Name)];
        foreach (LayerDeclaration layer in layers.Concat(_options.ProjectLayers.Where(l => l.HasRequirements && !asked.Contains(l.Name))))
        {
            try
            {
                IReadOnlyList<RequirementLine> lines = RequirementReader.Read(layer, _environment.Find);
                if (lines.All(l => l.Kind != RequirementKind.Requirement))
                {
                    resolutions[layer.Name] = new LayerResolution(new Dictionary<PythonTarget, IReadOnlyList<ResolvedWheel>>())
                    {
                        InputFiles = [.. lines.Select(l => l.File).OfType<string>().Distinct()],
                    };
                    continue;
                }

                if (PythonTarget.Of(layer).Count == 0)
                {
                    throw new DiagnosticException(Diagnostic.Error("LB1010", $"Python packages are required, but none of the declared runtimes ({string.Join(", ", layer.Runtimes)}) runs Python on {string.Join(" or ", layer.Architectures)}. Declare one, such as CompatibleRuntimes=\"python3.13\"."));
                }

                read.Add((layer, lines, RequirementsDigest.Of(layer, lines, _options.PipArguments)));
            }
            catch (DiagnosticException e) when (asked.Contains(layer.Name))
            {
                problems.Add((layer, e.Diagnostic));
            }
            catch (DiagnosticException)
            {
                // A layer that is not asked for now has its say when it is.
            }
        }

        foreach (LayerName other in resolutions.Keys.Where(name => !asked.Contains(name)).ToArray())
        {
            resolutions.Remove(other);
        }

        return LockPlan.Make(read);
    }

    private async Task<ScopeOutcome> ResolveAsync(LockScope scope, IReadOnlyList<PythonTarget> needed, TargetResolver resolver)
    {
        (LockFile? locked, string? reason) = ReadLock(scope.Path);
        bool exists = locked is not null || reason is not null;
        if (locked is not null && !_options.Relock)
        {
            reason = LockFit.Check(locked, scope, needed);
            if (reason is null)
            {
                TargetOutcome[] taken = await Task.WhenAll(needed.Select(t => resolver.FromLockAsync(scope, locked, t))).ConfigureAwait(false);
                reason = taken.Select(t => t.Unfit).FirstOrDefault(u => u is not null);
                if (reason is null)
                {
                    return new ScopeOutcome(scope, Pair(needed, taken), null);
                }
            }
        }

        Diagnostic? remark = null;
        bool locking = _options.LockedMode && !_options.Relock;
        string lockName = Path.GetRelativePath(scope.Layer.ProjectDirectory, scope.Path);
        if (locking && exists)
        {
            return Failed(Diagnostic.Error("LB2005", $"The lock file {lockName} is out of date: {reason}. Run dotnet build -t:LockLambdaLayers and commit the file, or build with LambdaLayerLockedMode=false.") with { File = scope.Path });
        }

        if (locking)
        {
            string words = $"There is no lock file {lockName}, and the build is in locked mode";
            if (_options.LockedModeExplicit)
            {
                return Failed(Diagnostic.Error("LB2005", $"{words}. Run dotnet build -t:LockLambdaLayers and commit the file."));
            }

            remark = Diagnostic.Warning("LB2005", $"{words} because ContinuousIntegrationBuild is true: its packages are resolved anew and may differ from build to build. Run dotnet build -t:LockLambdaLayers and commit the file.");
        }

        // Another project may share the file for its own runtimes.
        IEnumerable<PythonTarget> others = !_options.Relock && locked?.RequirementsDigest == scope.Digest ? locked.Targets.Select(PythonTarget.Find).OfType<PythonTarget>() : [];
        IReadOnlyList<PythonTarget> targets = LockPlan.Sort([.. scope.Targets, .. others]);
        TargetOutcome[] outcomes = await Task.WhenAll(targets.Select(t => resolver.ResolveAsync(scope, t))).ConfigureAwait(false);
        if (outcomes.All(o => o.Problem is null) && !locking)
        {
            remark = Write(scope, targets, outcomes, lockName, exists && !_options.Relock ? reason : null);
        }

        return new ScopeOutcome(scope, Pair(targets, outcomes), remark);

        ScopeOutcome Failed(Diagnostic problem) => new(scope, needed.ToDictionary(t => t, _ => TargetOutcome.Failed(problem)), null);

        static Dictionary<PythonTarget, TargetOutcome> Pair(IReadOnlyList<PythonTarget> targets, TargetOutcome[] outcomes) =>
            targets.Zip(outcomes).ToDictionary(p => p.First, p => p.Second);
    }

    private void LookAhead(IReadOnlyList<LayerDeclaration> layers, TargetResolver resolver)
    {
        foreach (string path in layers.Select(LockPlan.DefaultPath).Distinct())
        {
            try
            {
                if (ReadLock(path).Locked is { } locked)
                {
                    resolver.LookAhead(locked);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Whoever needs it will say.
            }
        }
    }

    private (LockFile? Locked, string? Reason) ReadLock(string path) =>
        _locks.GetOrAdd(path, p => new Lazy<(LockFile?, string?)>(() => ParseLock(p))).Value;

    private static (LockFile? Locked, string? Reason) ParseLock(string path)
    {
        try
        {
            return File.Exists(path) ? (LockFile.Parse(File.ReadAllText(path)), null) : (null, null);
        }
        catch (FormatException e)
        {
            return (null, $"it cannot be read ({e.Message})");
        }
    }

    /// <returns>What to tell about it.</returns>
    private Diagnostic? Write(LockScope scope, IReadOnlyList<PythonTarget> targets, TargetOutcome[] outcomes, string lockName, string? reason)
    {
        if (outcomes.Select(o => o.Unlockable).FirstOrDefault(u => u is not null) is { } unlockable)
        {
            return Diagnostic.Note($"No lock file is written: {unlockable} comes from a folder or repository that another package names, and cannot be pinned.");
        }

        string text = LockFit.Make(scope, targets, [.. outcomes.Select(o => o.Pins)]).ToText(Path.GetFileName(scope.Path));
        try
        {
            if (File.Exists(scope.Path) && File.ReadAllText(scope.Path).ReplaceLineEndings("\n") == text)
            {
                return _options.Relock ? Diagnostic.Note($"{lockName} is up to date.") : null;
            }

            AtomicFile.Write(scope.Path, new UTF8Encoding(false).GetBytes(text));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Diagnostic.Warning("LB2014", $"The lock file {lockName} cannot be written: {e.Message} Without it the next build resolves again.");
        }

        int packages = outcomes.SelectMany(o => o.Pins).Select(p => p.Name).Distinct().Count();
        string size = string.Create(CultureInfo.InvariantCulture, $"{packages} {(packages == 1 ? "package" : "packages")} for {string.Join(", ", targets)}");
        return Diagnostic.Note(reason is null
            ? $"Wrote {lockName}: {size}. Commit it."
            : $"{lockName} was out of date ({reason}); resolved again and wrote it: {size}.");
    }

    /// <summary>What the result depends on besides the layer's own files.</summary>
    private static IReadOnlyList<string> InputsOf(LockScope scope) =>
    [
        .. scope.Lines.Select(l => l.File).OfType<string>().Distinct(),
        scope.Path,
        .. scope.Lines.Select(l => l.LocalPath).OfType<string>().Distinct().SelectMany(path => Directory.Exists(path) ? new LocalProject(path).Files() : [path]),
    ];

    /// <summary>What is wrong for several targets in the same words is said once, of all of them.</summary>
    private static IEnumerable<Diagnostic> Merge(IReadOnlyList<PythonTarget> targets, ScopeOutcome outcome) =>
        from target in targets
        let problem = outcome.Targets[target].Problem
        where problem is not null
        group target by problem with { Message = problem.Message.Replace(target.ToString(), "\0", StringComparison.Ordinal) } into same
        select same.Key with { Message = same.Key.Message.Replace("\0", PythonTarget.Describe([.. same]), StringComparison.Ordinal) };

    private void Report(IEnumerable<(LayerDeclaration Layer, Diagnostic Problem)> problems)
    {
        foreach (var same in problems.GroupBy(p => p.Problem with { File = p.Problem.File ?? p.Layer.ProjectFile }))
        {
            string[] names = [.. same.Select(p => $"'{p.Layer.Name}'").Distinct()];
            _log.Add(same.Key with { Message = $"{(names.Length == 1 ? "Layer" : "Layers")} {string.Join(", ", names)}: {same.Key.Message}" });
        }
    }

    /// <param name="Remark">A note or warning about the lock file.</param>
    private sealed record ScopeOutcome(LockScope Scope, IReadOnlyDictionary<PythonTarget, TargetOutcome> Targets, Diagnostic? Remark);
}
