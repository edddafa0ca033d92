using System.Collections.Concurrent;
using LayerBuild.Collect;
using LayerBuild.Diagnostics;

namespace LayerBuild.Resolve;

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

    /// <summary>The build's environment; null for that of this process.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }
}

/// <summary>Finds, for every layer and target, the wheels to install: from the lock file, or with pip.</summary>
internal sealed class PackageResolver
{
    private readonly ResolveOptions _options;
    private readonly DiagnosticLog _log;
    private readonly PipEnvironment _environment;
    private readonly WheelCache _cache;

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
        var call = new Call(new Lazy<Task<PythonInterpreter>>(() => locator.FindAsync(cancellation)), cores, cancellation);

        LayerOutcome[] outcomes = await Task.WhenAll(layers.Select(layer => Task.Run(() => ResolveAsync(layer, call), cancellation))).ConfigureAwait(false);
        foreach (IGrouping<Diagnostic, LayerName> problem in
            from outcome in outcomes
            from diagnostic in outcome.Problems
            group outcome.Layer.Name by diagnostic)
        {
            string names = string.Join(", ", problem.Distinct().Select(n => n.ToString()));
            _log.Add(problem.Key with { Message = $"{names}: {problem.Key.Message}" });
        }

        _cache.Trim();
        return outcomes.Where(o => o.Resolution is not null).ToDictionary(o => o.Layer.Name, o => o.Resolution!);
    }

    private async Task<LayerOutcome> ResolveAsync(LayerDeclaration layer, Call call)
    {
        try
        {
            IReadOnlyList<RequirementLine> lines = RequirementReader.Read(layer, _environment.Find);
            if (lines.All(l => l.Kind != RequirementKind.Requirement))
            {
                return new LayerOutcome(layer, LayerResolution.Empty, []);
            }

            IReadOnlyList<PythonTarget> targets = PythonTarget.Of(layer);
            if (targets.Count == 0)
            {
                return new LayerOutcome(layer, null, [Diagnostic.Error("LB2014", $"Python packages are required, but none of the declared runtimes ({string.Join(", ", layer.Runtimes)}) runs Python on {string.Join(" or ", layer.Architectures)}. Declare one, such as CompatibleRuntimes=\"python3.12\".")]);
            }

            TargetOutcome[] outcomes = await Task.WhenAll(targets.Select(target => ResolveOnceAsync(layer, lines, target, call))).ConfigureAwait(false);
            Diagnostic[] problems = [.. outcomes.Select(o => o.Problem).OfType<Diagnostic>().Distinct()];
            return problems.Length > 0
                ? new LayerOutcome(layer, null, problems)
                : new LayerOutcome(layer, new LayerResolution(targets.Zip(outcomes).ToDictionary(p => p.First, p => p.Second.Wheels)), []);
        }
        catch (DiagnosticException e)
        {
            return new LayerOutcome(layer, null, [e.Diagnostic]);
        }
    }

    private Task<TargetOutcome> ResolveOnceAsync(LayerDeclaration layer, IReadOnlyList<RequirementLine> lines, PythonTarget target, Call call)
    {
        string key = string.Join('\n', [target.Id, string.Join(',', layer.AllowSdist.Order(StringComparer.Ordinal)), .. lines.Select(l => $"{l.Kind} {l.Text}")]);
        return call.Runs.GetOrAdd(key, _ => new Lazy<Task<TargetOutcome>>(() => RunAsync(layer, lines, target, call))).Value;
    }

    private async Task<TargetOutcome> RunAsync(LayerDeclaration layer, IReadOnlyList<RequirementLine> lines, PythonTarget target, Call call)
    {
        PythonInterpreter interpreter = await call.Python.Value.ConfigureAwait(false);
        await call.Cores.WaitAsync(call.Cancellation).ConfigureAwait(false);
        string folder = _cache.CreateWorkDirectory();
        try
        {
            var run = new PipRun(interpreter, _environment)
            {
                Target = target,
                Lines = lines,
                AllowSdist = layer.AllowSdist,
                Arguments = CommandLine.Split(_options.PipArguments),
                Folder = folder,
            };
            PipAnswer answer;
            try
            {
                answer = await run.RunAsync(call.Cancellation).ConfigureAwait(false);
            }
            catch (PipCrashException e)
            {
                return new TargetOutcome([], ResolutionFailure.Describe(e, run));
            }

            return answer.Failure is { } failure
                ? new TargetOutcome([], ResolutionFailure.Describe(failure, run))
                : Take(answer, lines, target);
        }
        finally
        {
            call.Cores.Release();
            DeleteQuietly(folder);
        }
    }

    private TargetOutcome Take(PipAnswer answer, IReadOnlyList<RequirementLine> lines, PythonTarget target)
    {
        WheelTags tags = WheelTags.For(target);
        var packages = new List<(ResolvedWheel, WheelMetadata?)>();
        foreach (PipPackage package in answer.Packages)
        {
            if (package.Kind != "wheel" && (!WheelFileName.TryParse(Path.GetFileName(package.File), out WheelFileName? built) || !built.IsPure || tags.Rank(built) is null))
            {
                return new TargetOutcome([], Diagnostic.Error(
                    "LB2003",
                    $"{package.Name} was built from source and came out as {Path.GetFileName(package.File)}, which is for this machine and not for {target}: only pure Python can be built here. Ask for a version that has a wheel, or build a manylinux wheel of it elsewhere and put it where pip looks (PIP_FIND_LINKS)."));
            }

            CachedWheel cached = _cache.Add(package.File);
            WheelMetadata? metadata = WheelMetadata.Read(cached, _cache);
            string version = metadata?.Version ?? (WheelFileName.TryParse(cached.FileName, out WheelFileName? name) ? name.Version : "");
            packages.Add((new ResolvedWheel(package.Name, version, cached.FileName, cached.Path, cached.Sha256, package.Requested) { Url = package.Url }, metadata));
        }

        return new TargetOutcome(PackageGraph.Connect(packages, lines, target), null);
    }

    private static void DeleteQuietly(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Swept with the cache's other leftovers.
        }
    }

    /// <summary>What all work of one call shares. Python is looked for when the first run needs it.</summary>
    private sealed record Call(Lazy<Task<PythonInterpreter>> Python, SemaphoreSlim Cores, CancellationToken Cancellation)
    {
        public ConcurrentDictionary<string, Lazy<Task<TargetOutcome>>> Runs { get; } = new(StringComparer.Ordinal);
    }

    /// <summary>A layer's wheels, or why there are none.</summary>
    private sealed record LayerOutcome(LayerDeclaration Layer, LayerResolution? Resolution, IReadOnlyList<Diagnostic> Problems);

    /// <summary>A target's wheels, or why there are none.</summary>
    private sealed record TargetOutcome(IReadOnlyList<ResolvedWheel> Wheels, Diagnostic? Problem);
}
