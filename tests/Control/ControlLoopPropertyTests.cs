using Edge.Control;
using Edge.Tests.Motion;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Edge.Tests.Control;

/// <summary>What holds whatever the policy, the tool and the commands do.</summary>
public sealed class ControlLoopPropertyTests
{
    /// <summary>One thing that happens, then some ticks.</summary>
    private sealed record Event(int Kind, double Dx, double Dy, double Dz, double Dyaw, int AgeMs, int Ticks);

    private static readonly Gen<Event[]> Stories = (
        from kind in Gen.Choose(0, 11)
        from dx in Gen.Choose(-400, 400)
        from dy in Gen.Choose(-400, 400)
        from dz in Gen.Choose(-400, 400)
        from dyaw in Gen.Choose(-300, 300)
        from age in Gen.Choose(0, 550)
        from ticks in Gen.OneOf(Gen.Choose(1, 5), Gen.Choose(50, 600))
        select new Event(kind, dx * 1e-3, dy * 1e-3, dz * 1e-3, dyaw * 1e-2, age, ticks)).NonEmptyListOf().Select(list => list.Take(25).ToArray());

    [Fact]
    public void NoStoryBreaksALimitOfTheJoints() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(60), Prop.ForAll(Stories.ToArbitrary(), story =>
        {
            var rig = new LoopRig().BringTo(ControlState.Running);
            var watch = new LimitWatch(rig);
            foreach (var happening in story)
                Happen(rig, happening);
            watch.AssertObeyed();
        }));

    [Fact]
    public void TheToolStaysInItsBox()
    {
        var robot = ReferenceArm.Robot;
        // Always the same stories: how far a corner is rounded is measured, not proved.
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(30).WithReplay(20261122, 1), Prop.ForAll(Stories.ToArbitrary(), story =>
        {
            var rig = new LoopRig(robot).BringTo(ControlState.Running);
            rig.AfterTick = () =>
            {
                // The reference stays in the box; the command stops at its walls as the joints' limits allow.
                const double Corner = 0.02;
                var tool = rig.Snapshot.CommandedTool;
                Assert.InRange(tool.X, robot.WorkspaceM.Min[0] - Corner, robot.WorkspaceM.Max[0] + Corner);
                Assert.InRange(tool.Y, robot.WorkspaceM.Min[1] - Corner, robot.WorkspaceM.Max[1] + Corner);
                Assert.InRange(tool.Z, robot.WorkspaceM.Min[2] - Corner, robot.WorkspaceM.Max[2] + Corner);
            };
            foreach (var happening in story)
                Happen(rig, happening with { Dx = happening.Dx / 4, Dy = happening.Dy / 4, Dz = happening.Dz / 4, Dyaw = happening.Dyaw / 6 });
        }));
    }

    [Fact]
    public void StartingUpAllocatesNothingEither()
    {
        Assert.Equal(0, Allocations.Of(() => new LoopRig(), rig =>
        {
            rig.Tick();
            rig.Loop.Commands.Post(ControlCommand.SelfTest);
            rig.Tick(5);
            rig.Loop.Commands.Post(ControlCommand.Arm);
            rig.Loop.Commands.Post(ControlCommand.GoHome);
            rig.Loop.Commands.Post(ControlCommand.Start(1));
            rig.Tick(20);
            Circle(rig);
            rig.Tick(100);
            rig.Loop.Commands.Post(ControlCommand.Stop());
            rig.Tick(500);
            if (rig.State != ControlState.Stopped)
                Assert.Fail($"the loop is {rig.State}");
        }));
    }

    [Fact]
    public void TenThousandTicksAllocateNothing()
    {
        var rig = new LoopRig().BringTo(ControlState.Running);
        Run(rig, 2000); // compiled, types initialised
        Assert.Equal(0, Allocations.Of(() => Run(rig, 10_000)));
        Assert.True(rig.Snapshot.ChunksJoined > 20);

        static void Run(LoopRig rig, int ticks)
        {
            for (var i = 0; i < ticks; i++)
            {
                if (i % 400 == 0)
                    Circle(rig);
                if (i % 3000 == 500)
                    rig.Loop.Commands.Post(ControlCommand.Pause);
                if (i % 3000 == 900)
                    rig.Loop.Commands.Post(ControlCommand.Resume);
                rig.Tool.State.Pressed = i % 700 > 600;
                rig.Tick();
            }
        }
    }

    private static void Happen(LoopRig rig, Event happening)
    {
        switch (happening.Kind)
        {
            case < 7:
                rig.Offer(rig.Chunk(happening.Dx, happening.Dy, happening.Dz, happening.Dyaw, ageNs: happening.AgeMs * 1_000_000L));
                break;
            case 7:
                rig.Tool.State.Pressed = !rig.Tool.State.Pressed;
                break;
            case 8:
                rig.Loop.Commands.Post(ControlCommand.Pause);
                break;
            case 9:
                rig.Loop.Commands.Post(ControlCommand.Resume);
                break;
            case 10:
                rig.Loop.Commands.Post(ControlCommand.Finish);
                rig.Loop.Commands.Post(ControlCommand.GoHome);
                break;
            default:
                rig.Loop.Commands.Post(ControlCommand.Start(1));
                break;
        }

        rig.Tick(happening.Ticks);
    }

    /// <summary>A chunk of a circle, written without allocation.</summary>
    private static void Circle(LoopRig rig)
    {
        rig.Loop.Snapshots.Read(out var snapshot);
        var chunk = rig.Loop.Chunks.WriteSlot;
        (chunk.SubtaskId, chunk.ObservationNs, chunk.ObservationFollowedNs, chunk.StepNs, chunk.Steps, chunk.Anchor) = (1, rig.NowNs, snapshot.FollowedNs, LoopRig.StepNs, 16, snapshot.CommandedTool);
        for (var k = 0; k < chunk.Steps; k++)
        {
            var angle = (rig.NowNs * 1e-9) + (0.1 * (k + 1));
            chunk.Poses[k] = new ToolPose(0.35 + (0.05 * Math.Cos(angle)), 0.05 * Math.Sin(angle), 0.25, 0.2 * Math.Sin(angle));
            chunk.Suction[k] = k > 7;
        }

        rig.Loop.Chunks.Publish();
    }
}
