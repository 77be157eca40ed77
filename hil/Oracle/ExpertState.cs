using Edge.Control;

namespace Edge.Hil.Oracle;

/// <summary>What the expert's rule looks at, apart from its goal.</summary>
/// <param name="Tool">Commanded tool pose.</param>
/// <param name="Suction">Suction is asked for.</param>
/// <param name="Sealed">The cup holds something.</param>
/// <param name="Pressed">The cup, or what it holds, is pressed.</param>
/// <param name="PressedSinceStart">It was pressed since the call began.</param>
/// <param name="SealedSinceStart">It sealed since the call began.</param>
/// <param name="ReleasedSinceStart">It let go since the call began.</param>
public readonly record struct ExpertState(ToolPose Tool, bool Suction, bool Sealed, bool Pressed, bool PressedSinceStart, bool SealedSinceStart, bool ReleasedSinceStart);

/// <summary>Where the expert goes.</summary>
/// <param name="X">True position of the thing (or place), metres.</param>
/// <param name="Y">True position of the thing (or place), metres.</param>
/// <param name="ContactZ">Height of the cup's lip at which it, or what it holds, will touch.</param>
/// <param name="HeldDepthM">How far what is held reaches below the lip; 0: nothing is held.</param>
/// <param name="Yaw">Turn of the tool there.</param>
/// <param name="EndX">Where the call's second half goes, metres.</param>
/// <param name="EndY">Where the call's second half goes, metres.</param>
/// <param name="EndYaw">Turn of the tool there.</param>
/// <param name="Home">Where every call begins and ends.</param>
public readonly record struct ExpertGoal(double X, double Y, double ContactZ, double HeldDepthM, double Yaw, double EndX, double EndY, double EndYaw, ToolPose Home);
