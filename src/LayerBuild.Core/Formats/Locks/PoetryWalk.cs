using System.Buffers;
using System.Collections.Immutable;
using LayerBuild.Formats.Documents;
using LayerBuild.Formats.Python;

namespace LayerBuild.Formats.Locks;

/// <summary>
/// Finds what a poetry.lock of version 2.0 installs, as poetry does: it resolves the manifest's requirements with nothing
/// but the locked packages. A name mostly stands for one package, and then there is nothing to choose; where there are
/// several (numpy for two Pythons), the newest that fits is tried first, and the walk goes back where that leads nowhere.
/// </summary>
internal sealed class PoetryWalk
{
    /// <summary>Requirements looked at. A lock file of a thousand packages needs some five thousand.</summary>
    private const int MaximumSteps = 30_000;

    private readonly LockText _text;
    private readonly PoetryManifest _manifest;
    private readonly Dictionary<string, string[]> _extras = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Candidate[]> _candidates;

    public PoetryWalk(LockText text, PoetryManifest manifest, IReadOnlyList<PoetryLock.Entry> entries)
    {
        _text = text;
        _manifest = manifest;
        _candidates = entries
            .Select(e => new Candidate(e, text))
            .GroupBy(c => c.Name, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.OrderByDescending(c => c.Version).ToArray(), StringComparer.Ordinal);
        DocumentTable? extras = text.Document.Table("extras");
        foreach ((string extra, DocumentValue value) in extras?.Entries ?? [])
        {
            _extras[DistributionName.Normalize(extra)] = [.. extras!.Texts(extra).Select(r => Candidate.NameOf(text, r, value.Line))];
        }
    }

    public IEnumerable<PackageChoice> Choose(SelectionScope scope)
    {
        State state = Solve(scope, Begin(scope));
        ILookup<string, string> requiredBy = (
            from asked in state.Asked
            let candidate = state.Picked[asked.Name]
            from dependency in candidate.Requirements(scope, asked.Extra)
            where dependency.Name != asked.Name
            select (By: asked.Name, dependency.Name)).Distinct().ToLookup(d => d.Name, d => d.By, StringComparer.Ordinal);
        return state.Picked.Values.Select(c => new PackageChoice(c.Entry.Package.Value) { RequiredBy = [.. requiredBy[c.Name]] });
    }

    private State Begin(SelectionScope scope)
    {
        HashSet<string> optional = [.. scope.Extras.SelectMany(e => _extras.GetValueOrDefault(e, []))];
        List<PoetryDependency> roots = [.. _manifest.Dependencies.Where(d => !d.IsOptional || optional.Contains(d.Name)), .. scope.Extras.SelectMany(_manifest.Extra)];
        foreach (string group in scope.Groups.Where(g => g != PoetryManifest.Main))
        {
            roots.AddRange(_manifest.Group(group) ?? throw _text.Fault(LockFaultKind.UnknownGroup, $"there is no dependency group '{group}' in the pyproject.toml beside {_text.FileName}. Correct its name."));
        }

        return State.Empty.Require(roots.Where(d => d.Applies(scope, scope.Extras)));
    }

    private State Solve(SelectionScope scope, State state)
    {
        var open = new Stack<(State Before, PoetryDependency Next, Candidate[] Others)>();
        LockFault? first = null;
        for (int step = 0; step < MaximumSteps; step++)
        {
            if (state.Pending.IsEmpty)
            {
                return state;
            }

            State before = state.Dequeue(out PoetryDependency next);
            Candidate[] fitting = state.Picked.TryGetValue(next.Name, out Candidate? picked)
                ? picked.Meets(next.Constraint) ? [picked] : []
                : [.. _candidates.GetValueOrDefault(next.Name, []).Where(c => c.Serves(scope) && before.ConstraintsOn(next.Name).All(c.Meets))];
            if (fitting.Length == 0)
            {
                first ??= Reason(scope, next, picked);
                if (!open.TryPop(out (State Before, PoetryDependency Next, Candidate[] Others) back))
                {
                    throw new LockFaultException(first);
                }

                (before, next, fitting) = back;
            }

            if (fitting.Length > 1)
            {
                open.Push((before, next, fitting[1..]));
            }

            state = before.Pick(scope, fitting[0], next);
        }

        throw _text.Fault(LockFaultKind.Contradictory, $"{_text.FileName} has so many versions of its packages that no set of them was found that fits {scope.Target}. Run poetry lock with poetry 2, whose lock files say what belongs together.");
    }

    private LockFault Reason(SelectionScope scope, PoetryDependency next, Candidate? picked)
    {
        if (!_candidates.TryGetValue(next.Name, out Candidate[]? all))
        {
            return _text.Fault(LockFaultKind.Missing, $"{next.Name} is required and is not in {_text.FileName}. Run poetry lock.").Fault;
        }

        string what = picked is not null ? $"{picked.Entry.Package.Value.Title} is what others require" : $"it has {string.Join(", ", all.Select(c => c.Entry.Table.Text("version")))}";
        return _text.Fault(LockFaultKind.Contradictory, $"{_text.FileName} has no {next.Name} that fits {scope.Target}: {next.Name} {next.Constraint} is required, and {what}. Run poetry lock.", all[0].Entry.Table.Line).Fault;
    }

    /// <summary>A locked package with what choosing it depends on.</summary>
    private sealed class Candidate
    {
        private static readonly SearchValues<char> BehindName = SearchValues.Create(" ([;<>=!~@");

        private readonly string? _pythons;
        private readonly PoetryDependency[] _dependencies;
        private readonly Dictionary<string, HashSet<string>> _extras = new(StringComparer.Ordinal);

        public Candidate(PoetryLock.Entry entry, LockText text)
        {
            Entry = entry;
            _ = DistributionVersion.TryParse(entry.Table.Text("version") ?? "", out DistributionVersion? version);
            Version = version;
            _pythons = entry.Table.Text("python-versions");
            _dependencies = [.. PoetryDependency.ReadAll(text, entry.Table.Table("dependencies"))];
            DocumentTable? extras = entry.Table.Table("extras");
            foreach ((string extra, DocumentValue value) in extras?.Entries ?? [])
            {
                _extras[DistributionName.Normalize(extra)] = [.. extras!.Texts(extra).Select(r => NameOf(text, r, value.Line))];
            }
        }

        public PoetryLock.Entry Entry { get; }

        public string Name => Entry.Name;

        public DistributionVersion? Version { get; }

        /// <summary>The name in a requirement such as <c>PySocks (&gt;=1.5.6)</c>.</summary>
        public static string NameOf(LockText text, string requirement, int line)
        {
            int end = requirement.AsSpan().IndexOfAny(BehindName) is >= 0 and int found ? found : requirement.Length;
            return text.Name(requirement[..end], line);
        }

        public bool Meets(string constraint) => Version is null || PoetryConstraint.Allows(constraint, Version) is not false;

        public bool Serves(SelectionScope scope) => _pythons is null || PoetryConstraint.Allows(_pythons, scope.Newest) is not false;

        /// <summary>What it requires on the target; for an extra, what that adds.</summary>
        public IEnumerable<PoetryDependency> Requirements(SelectionScope scope, string? extra)
        {
            if (extra is null)
            {
                return _dependencies.Where(d => !d.IsOptional && d.Applies(scope, ImmutableHashSet<string>.Empty));
            }

            HashSet<string> added = _extras.GetValueOrDefault(extra, []);
            return _dependencies.Where(d => d.IsOptional && added.Contains(d.Name) && d.Applies(scope, ImmutableHashSet.Create(extra)));
        }
    }

    /// <summary>How far the walk is. It is never changed, so going back is taking an earlier one.</summary>
    private sealed record State(
        ImmutableQueue<PoetryDependency> Pending,
        ImmutableDictionary<string, Candidate> Picked,
        ImmutableDictionary<string, ImmutableHashSet<string>> Constraints,
        ImmutableHashSet<(string Name, string? Extra)> Asked)
    {
        public static readonly State Empty = new([], ImmutableDictionary<string, Candidate>.Empty, ImmutableDictionary<string, ImmutableHashSet<string>>.Empty, []);

        public State Require(IEnumerable<PoetryDependency> dependencies) => this with { Pending = dependencies.Aggregate(Pending, (queue, d) => queue.Enqueue(d)) };

        public State Dequeue(out PoetryDependency next)
        {
            ImmutableQueue<PoetryDependency> rest = Pending.Dequeue(out next);
            return this with { Pending = rest, Constraints = Constraints.SetItem(next.Name, Constraints.GetValueOrDefault(next.Name, []).Add(next.Constraint)) };
        }

        public ImmutableHashSet<string> ConstraintsOn(string name) => Constraints[name];

        public State Pick(SelectionScope scope, Candidate candidate, PoetryDependency requirement)
        {
            State state = this with { Picked = Picked.SetItem(candidate.Name, candidate) };
            foreach (string? extra in requirement.Extras.Prepend(null))
            {
                if (!state.Asked.Contains((candidate.Name, extra)))
                {
                    state = (state with { Asked = state.Asked.Add((candidate.Name, extra)) }).Require(candidate.Requirements(scope, extra));
                }
            }

            return state;
        }
    }
}
