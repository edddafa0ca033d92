using System.Text;
using System.Text.RegularExpressions;
using LayerBuild.Lambda;

namespace LayerBuild.Formats.Wheel;

/// <summary>A command that a distribution declares: <c>name = module:attribute</c>.</summary>
internal sealed record ConsoleScript(string Name, string Module, string Attribute);

/// <summary>Reads the groups console_scripts and gui_scripts of entry_points.txt, and writes their wrappers.</summary>
internal static class EntryPoints
{
    /// <exception cref="InvalidDataException">A line of these groups names no module and attribute.</exception>
    public static List<ConsoleScript> Scripts(string text)
    {
        var scripts = new List<ConsoleScript>();
        bool wanted = false;
        foreach (ReadOnlySpan<char> raw in text.AsSpan().EnumerateLines())
        {
            ReadOnlySpan<char> line = raw.Trim();
            if (line.IsEmpty || line[0] is '#' or ';')
            {
                continue;
            }

            if (line[0] == '[')
            {
                wanted = line is "[console_scripts]" or "[gui_scripts]";
                continue;
            }

            if (wanted)
            {
                Match match = Line.Match(line.ToString());
                if (!match.Success || !ZipPath.TryParse(match.Groups[1].Value, out _))
                {
                    throw new InvalidDataException($"its entry_points.txt has a script that names no function: '{line}'");
                }

                scripts.Add(new ConsoleScript(match.Groups[1].Value, match.Groups[2].Value, match.Groups[3].Value));
            }
        }

        return scripts;
    }

    /// <summary>
    /// The file that runs a script. It finds its package by its own place, because Lambda sets no PYTHONPATH for children.
    /// </summary>
    /// <param name="searchPath">Python expressions for folders, relative to the wrapper's own.</param>
    public static byte[] Wrapper(ConsoleScript script, string interpreter, IEnumerable<string> searchPath) => Encoding.UTF8.GetBytes(
        $"""
        #!{interpreter}
        import os
        import sys
        here = os.path.dirname(os.path.realpath(__file__))
        sys.path[:0] = [os.path.normpath(os.path.join(here, p)) for p in ({string.Join(", ", searchPath)},)]
        from {script.Module} import {script.Attribute.Split('.')[0]}
        if __name__ == '__main__':
            sys.exit({script.Attribute}())

        """.ReplaceLineEndings("\n"));

    // The name may hold anything that a file name may; the reference is dotted names, extras are of no use to a wrapper.
    private static Regex Line { get; } = new(@"\A([^/\\=\s](?:[^/\\=]*[^/\\=\s])?)\s*=\s*([\w.]+)\s*:\s*([\w.]+)\s*(?:\[[^\]]*\])?\z", RegexOptions.CultureInvariant);
}
