using LayerBuild.Formats.Python;
using LayerBuild.Formats.Wheel;

namespace LayerBuild.Steps.Verify;

/// <summary>
/// Looks into the files of a wheel as it is verified, so that it is read once, and remembers what they say: <see cref="WheelFacts"/>
/// and, when asked to, <see cref="WheelImports"/>.
/// </summary>
internal sealed class WheelInspector(ResolvedWheel wheel, bool withImports) : IWheelObserver
{
    private readonly Lock _lock = new();
    private readonly WheelFacts _facts = new();
    private readonly WheelImports _imports = new();

    public bool ShouldObserve(WheelPlace place, string path, ReadOnlySpan<byte> head, long size) =>
        (withImports && WheelImports.IsSource(place, path, size)) || FileInspector.MustRead(path, head, size);

    public bool Observe(WheelPlace place, string path, ArraySegment<byte> content)
    {
        if (withImports && WheelImports.IsSource(place, path, content.Count))
        {
            IReadOnlyList<PythonImport> imports = PythonImports.Parse(content);
            lock (_lock)
            {
                _imports.Add(path, imports);
            }
        }

        if (FileInspector.MustRead(path, content, content.Count))
        {
            FileFacts facts = FileInspector.Inspect(path, new MemoryStream(content.Array!, content.Offset, content.Count, writable: false), content.Count);
            if (!ReferenceEquals(facts, FileFacts.Nothing))
            {
                lock (_lock)
                {
                    _facts.Add(place, path, facts);
                }

                return true;
            }
        }

        return false;
    }

    public void Finish()
    {
        if (!_facts.IsEmpty)
        {
            _facts.Save(wheel);
        }

        if (withImports)
        {
            _imports.Save(wheel);
        }
    }
}
