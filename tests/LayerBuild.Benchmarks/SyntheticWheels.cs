using System.Text;

namespace LayerBuild.Benchmarks;

/// <summary>Wheels of made-up Python, the same on every machine: for figures where no real wheels are at hand.</summary>
internal static class SyntheticWheels
{
    private static readonly string[] Words =
        ["self", "return", "value", "import", "class", "def", "None", "request", "response", "client", "for", "in", "if", "else", "name", "path", "data", "index", "result", "config"];

    /// <summary>Small: one wheel of 40 files; medium: 18 of 200; large: 86 of 300.</summary>
    public static IEnumerable<Workload> Make(string folder, WorkFolder work)
    {
        Directory.CreateDirectory(folder);
        var random = new Random(1980);
        foreach ((string name, int wheels, int files) in new[] { ("small", 1, 40), ("medium", 18, 200), ("large", 86, 300) })
        {
            var requirements = new StringBuilder();
            for (int i = 0; i < wheels; i++)
            {
                string distribution = $"{name}{i}";
                var builder = new WheelBuilder(distribution, "1.0");
                for (int f = 0; f < files; f++)
                {
                    builder.File($"{distribution}/p{f / 50}/m{f}.py", Source(random));
                }

                builder.WriteTo(folder);
                requirements.Append(distribution).Append("==1.0\n");
            }

            string file = work[name + ".txt"];
            File.WriteAllText(file, requirements.ToString());
            yield return new Workload(name, file);
        }
    }

    private static string Source(Random random)
    {
        var text = new StringBuilder();
        int lines = random.Next(20, 300);
        for (int line = 0; line < lines; line++)
        {
            text.Append(' ', 4 * random.Next(4));
            for (int word = random.Next(2, 9); word > 0; word--)
            {
                text.Append(Words[random.Next(Words.Length)]).Append(random.Next(40)).Append(' ');
            }

            text.Append('\n');
        }

        return text.ToString();
    }
}
