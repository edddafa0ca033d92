using LayerBuild.Formats.Python;

namespace LayerBuild.Formats.Locks;

/// <summary>A project folder with a lock file that a test wrote.</summary>
internal sealed class LockBench : IDisposable
{
    private readonly TemporaryDirectory _root = new();

    public string this[string relative] => _root[relative];

    /// <summary>A hash that is none of anything.</summary>
    public static string Hash(char digit = 'a') => "sha256:" + new string(digit, 64);

    /// <summary>Writes a file; returns the bench.</summary>
    public LockBench With(string name, string text)
    {
        _root.Write(name, text);
        return this;
    }

    /// <summary>Reads the lock file of the folder.</summary>
    public (PackageLock? Lock, LockFault? Fault) Read(string name) => PackageLock.Read(_root[name], _root.Path);

    public LockSelection Select(string name, string target = "python3.12/x86_64", string extras = "", string groups = "", string? start = null)
    {
        (PackageLock? locked, LockFault? fault) = Read(name);
        return locked is null
            ? new LockSelection { Refusal = fault }
            : locked.Select(new LockRequest(PythonTarget.Find(target)!)
            {
                Extras = extras.Split(' ', StringSplitOptions.RemoveEmptyEntries),
                Groups = groups.Split(' ', StringSplitOptions.RemoveEmptyEntries),
                StartPackage = start,
            });
    }

    /// <summary>What is installed, as <c>a 1.0, b 2.0</c>; else why nothing is.</summary>
    public string Names(string name, string target = "python3.12/x86_64", string extras = "", string groups = "", string? start = null)
    {
        LockSelection selection = Select(name, target, extras, groups, start);
        return selection.Refusal is { } refusal
            ? $"{refusal.Kind}: {refusal.Message}"
            : string.Join(", ", selection.Packages.Select(p => p.Package.Title).Concat(selection.Cannot.Select(c => $"{c.Package!.Title} {c.Kind}")));
    }

    /// <summary>Why nothing can be installed.</summary>
    public LockFault Refusal(string name, string target = "python3.12/x86_64", string extras = "", string groups = "", string? start = null)
    {
        LockSelection selection = Select(name, target, extras, groups, start);
        Assert.Empty(selection.Packages);
        return Assert.IsType<LockFault>(selection.Refusal);
    }

    public void Dispose() => _root.Dispose();
}
