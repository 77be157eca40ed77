using Edge.Control;
using Xunit;

namespace Edge.Tests.Documentation;

/// <summary>What the README says of the code is made from the code.</summary>
public sealed class ReadmeTests
{
    [Fact]
    public void The_state_table_is_the_one_that_the_loop_obeys()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Edge.sln")))
            folder = Path.GetDirectoryName(folder)!;
        Assert.Contains(Reactions.ToMarkdown(), File.ReadAllText(Path.Combine(folder, "README.md")), StringComparison.Ordinal);
    }
}
