using Edge.Control;
using Edge.Tests.Inference;
using Xunit;

namespace Edge.Tests.Documentation;

/// <summary>What the README says of the code is made from the code.</summary>
public sealed class ReadmeTests
{
    [Fact]
    public void The_state_table_is_the_one_that_the_loop_obeys() =>
        Assert.Contains(Reactions.ToMarkdown(), File.ReadAllText(Path.Combine(Fixture.Root, "README.md")), StringComparison.Ordinal);
}
