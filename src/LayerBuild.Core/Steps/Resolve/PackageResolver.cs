using LayerBuild.Diagnostics;
using LayerBuild.Formats.Python;
using LayerBuild.Formats.Wheel;
using LayerBuild.Lambda;
using LayerBuild.Steps.Resolve.Download;
using LayerBuild.Steps.Resolve.Pip;
using LayerBuild.Steps.Resolve.Requirements;

namespace LayerBuild.Steps.Resolve;

/// <summary>Finds, for every layer and target, the wheels to install: from the lock file, or with pip.</summary>
internal sealed class PackageResolver
{
    private readonly ResolveOptions _options;
    private readonly DiagnosticLog _log;
    private readonly PipEnvironment _environment;
    private readonly WheelCache _cache;
    private readonly LockFiles _locks = new();
    private readonly ScopeReader _reader;

    public PackageResolver(ResolveOptions options, DiagnosticLog log)
    {
        _options = options;
        _log = log;
        _environment = options.Environment is null ? PipEnvironment.OfThisProcess() : new PipEnvironment(options.Environment);
        _cache = new WheelCache(options.CachePath, Path.Combine(options.WorkPath, "wheel-cache"), options.CacheSize, log);
        _reader = new ScopeReader(options, _environment);
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
        using var downloads = new LockedDownloads(_options, _cache, _environment, _log, cancellation);
        var resolver = new TargetResolver(new ResolveContext(
            _options,
            _cache,
            _environment,
            new Lazy<Task<PythonInterpreter>>(() => locator.FindAsync(cancellation)),
            cores,
            _log,
            downloads,
            cancellation));
        Task prefetch = _options.Relock ? Task.CompletedTask : Task.Run(() => Prefetch(layers, resolver), cancellation);
        LayerScopes read = _reader.Read(layers);
        LayerDeclaration[] planned = [.. layers.Where(l => read.Scopes.ContainsKey(l.Name))];
        var scopeResolver = new ScopeResolver(_options, _locks, resolver);
        ScopeOutcome[] outcomes = await Task.WhenAll(
            from layer in planned
            group layer by read.Scopes[layer.Name] into sharing
            let needed = LockPlan.Sort(sharing.SelectMany(PythonTarget.Of))
            select Task.Run(() => scopeResolver.ResolveAsync(sharing.Key, needed), cancellation)).ConfigureAwait(false);

        var problems = new ResolutionProblems(read.Problems);
        var resolutions = new Dictionary<LayerName, LayerResolution>(read.Resolutions);
        foreach (LayerDeclaration layer in planned)
        {
            ScopeOutcome outcome = outcomes.First(o => o.Scope == read.Scopes[layer.Name]);
            IReadOnlyList<PythonTarget> targets = PythonTarget.Of(layer);
            problems.Add(layer, targets, outcome);
            if (targets.All(t => outcome.Targets[t].Problem is null))
            {
                resolutions[layer.Name] = new LayerResolution(targets.ToDictionary(t => t, t => outcome.Targets[t].Wheels))
                {
                    InputFiles = outcome.Scope.InputFiles,
                    Warnings = outcome.Remark is { Severity: Severity.Warning } remark ? [remark with { Message = $"Layer '{layer.Name}': {remark.Message}" }] : [],
                };
            }
        }

        await prefetch.ConfigureAwait(false);
        problems.Report(_log);
        _cache.Trim();
        return resolutions;
    }

    /// <summary>
    /// What decides the packages of layers, without a look at any package. Layers are missing whose lock file does not fit,
    /// or does not say all.
    /// </summary>
    public IReadOnlyDictionary<LayerName, LockedInputs> FindLocked(IReadOnlyList<LayerDeclaration> layers)
    {
        LayerScopes read = _reader.Read(layers);
        var found = read.Resolutions.ToDictionary(r => r.Key, r => new LockedInputs("", r.Value.InputFiles));
        foreach (LayerDeclaration layer in layers.Where(l => read.Scopes.ContainsKey(l.Name)))
        {
            LockScope scope = read.Scopes[layer.Name];
            if (_locks.Read(scope.Path).Locked is { } locked
                && LockCheck.Run(locked, scope, PythonTarget.Of(layer)) is null
                && !scope.Lines.Any(l => l.IsRepository))
            {
                IEnumerable<string> local = scope.LocalPaths.Select(path => Directory.Exists(path) ? new LocalProject(path).TreeDigest() : WheelCache.Hash(path));
                found[layer.Name] = new LockedInputs(string.Join(' ', [scope.Digest, WheelCache.Hash(scope.Path), .. local]), scope.InputFiles);
            }
        }

        return found;
    }

    /// <summary>Has the wheels of lock files verified while requirements are read.</summary>
    private void Prefetch(IReadOnlyList<LayerDeclaration> layers, TargetResolver resolver)
    {
        foreach (string path in layers.Select(LockPlan.DefaultPath).Distinct())
        {
            try
            {
                if (_locks.Read(path).Locked is { } locked)
                {
                    resolver.Prefetch(locked);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Whoever needs it will say.
            }
        }
    }
}
