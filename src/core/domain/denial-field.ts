/** What denials are about. */

/** The field of a request that a denial is about, as a person names it; `id` is that in the path of an order. */
export type DenialField =
  | 'accountId'
  | 'instrument'
  | 'type'
  | 'units'
  | 'price'
  | 'priceBound'
  | 'takeProfit'
  | 'takeProfitDistance'
  | 'stopLoss'
  | 'stopLossDistance'
  | 'trailingDistance'
  | 'timeInForce'
  | 'expiresAt'
  | 'triggerCondition'
  | 'positionFill'
  | 'tag'
  | 'comment'
  | 'ocoGroup'
  | 'positionId'
  | 'side'
  | 'id';
